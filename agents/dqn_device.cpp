#include "pavlov/agents/dqn_device.h"

#include <chrono>
#include <stdexcept>
#include <vector>

#include "pavlov/agents/cuda/dqn.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/operation.h"
#include "pavlov/kernels/random.h"

namespace pavlov::agents {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Seconds of one call, after three to warm up; as many calls as a twentieth of a second holds.
template <class Work>
double seconds_of(const Work& work) {
  for (int i = 0; i < 3; ++i) work();
  const Clock::time_point start = Clock::now();
  int calls = 0;
  do {
    work();
    ++calls;
  } while (seconds_since(start) < 0.05);
  return seconds_since(start) / calls;
}

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

std::string microseconds(double seconds) {
  return kernels::number_text(static_cast<int>(seconds * 1e7 + 0.5) / 10.0) + " us";
}

struct Verdict {
  kernels::Device device;
  std::string reason;
};

// Times both, `gpu` being the name of the device.
Verdict faster_device(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
                      const OffPolicyConfig& training, std::size_t num_envs,
                      const std::string& gpu) {
  Probe probe(observation_size, actions, training.batch_size, num_envs);
  Dqn on_cpu(config, observation_size, actions, 0);
  const double cpu = probe.seconds_per_step(on_cpu, training);
  cuda::Dqn on_gpu(config, observation_size, actions, 0);
  const double device = probe.seconds_per_step(on_gpu, training);
  return {device < cpu ? kernels::Device::cuda : kernels::Device::cpu,
          "an environment step costs " + microseconds(cpu) + " on the processor, " +
              microseconds(device) + " on " + gpu};
}

Verdict choose(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
               DeviceChoice choice, const OffPolicyConfig& training, std::size_t num_envs) {
  if (choice == DeviceChoice::cpu) return {kernels::Device::cpu, "as asked for"};
  std::string description;
  const bool present = kernels::cuda::available(description);
  const std::string missing = cuda::missing_option(config);
  if (choice == DeviceChoice::cuda) {
    if (!missing.empty()) kernels::throw_argument("dqn", missing);
    if (!present) {
      kernels::throw_runtime("dqn", "device cuda: " + description + "; cpu runs everywhere");
    }
    return {kernels::Device::cuda, "as asked for"};
  }
  if (!missing.empty()) return {kernels::Device::cpu, missing};
  if (!present) return {kernels::Device::cpu, "no CUDA device: " + description};
  try {
    return faster_device(config, observation_size, actions, training, num_envs, description);
  } catch (const std::runtime_error& error) {
    return {kernels::Device::cpu, "the CUDA device failed: " + std::string(error.what())};
  }
}

}  // namespace

DqnOnDevice make_dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
                     std::uint64_t seed, DeviceChoice choice, const OffPolicyConfig& training,
                     std::size_t num_envs) {
  const Verdict verdict =
      agents::choose(config, observation_size, actions, choice, training, num_envs);
  DqnOnDevice made{nullptr, verdict.device, verdict.reason};
  if (verdict.device == kernels::Device::cuda) {
    made.agent = kernels::cuda::named({"dqn", {observation_size, actions}}, [&] {
      return std::make_unique<cuda::Dqn>(config, observation_size, actions, seed);
    });
  } else {
    made.agent = std::make_unique<Dqn>(config, observation_size, actions, seed);
  }
  return made;
}

}  // namespace pavlov::agents
