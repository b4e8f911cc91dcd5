#include "pavlov/agents/dqn_device.h"

#include <vector>

#include "pavlov/agents/cuda/dqn.h"
#include "pavlov/kernels/cuda/operation.h"
#include "pavlov/kernels/random.h"

namespace pavlov::agents {
namespace {

// A batch of normal numbers, and what of it an agent sees when it acts.
struct Probe {
  replay::ReplayBatch batch;
  kernels::Tensor observation;
  std::vector<std::int32_t> action;

  Probe(std::size_t observation_size, std::size_t actions, std::size_t batch_size,
        std::size_t num_envs)
      : batch(batch_size, observation_size),
        observation({num_envs, observation_size}),
        action(num_envs) {
    kernels::RandomStream random(0, "probe");
    for (auto values : {batch.observation.span(), batch.next_observation.span(), observation.span(),
                        std::span(batch.reward)}) {
      for (float& x : values) x = static_cast<float>(random.normal());
    }
    for (float& x : batch.discount) x = 0.99f;
    for (auto& a : batch.action) {
      a = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(actions)));
    }
  }

  // Seconds that an environment step costs an agent.
  double seconds_per_step(OffPolicyAgent& agent, const OffPolicyConfig& training) {
    const double acting = seconds_of([&] { agent.act(observation.matrix(), {}, action); });
    const double learning = seconds_of([&] { agent.learn(batch, {}); });
    const double updates = training.gradient_steps < 0
                               ? 1.0
                               : static_cast<double>(training.gradient_steps) /
                                     static_cast<double>(training.train_freq);
    return acting / static_cast<double>(action.size()) + updates * learning;
  }
};

std::unique_ptr<OffPolicyAgent> make_on(kernels::Device device, const DqnConfig& config,
                                        std::size_t observation_size, std::size_t actions,
                                        std::uint64_t seed) {
  if (device == kernels::Device::cpu) {
    return std::make_unique<Dqn>(config, observation_size, actions, seed);
  }
  return kernels::cuda::named({"dqn", {observation_size, actions}}, [&] {
    return std::make_unique<cuda::Dqn>(config, observation_size, actions, seed);
  });
}

}  // namespace

DqnOnDevice make_dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
                     std::uint64_t seed, DeviceChoice choice, const OffPolicyConfig& training,
                     std::size_t num_envs) {
  const auto cost = [&](kernels::Device device) {
    Probe probe(observation_size, actions, training.batch_size, num_envs);
    const auto agent = make_on(device, config, observation_size, actions, 0);
    return probe.seconds_per_step(*agent, training);
  };
  const DeviceVerdict verdict = choose_device("dqn", choice, cuda::missing_option(config), cost);
  return {make_on(verdict.device, config, observation_size, actions, seed), verdict.device,
          verdict.reason};
}

}  // namespace pavlov::agents
