#include "pavlov/agents/on_policy_device.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "pavlov/agents/cuda/ppo.h"
#include "pavlov/kernels/cuda/operation.h"
#include "pavlov/kernels/random.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kMinibatches = 8;  // that a probe learns at most
constexpr const char* kWholeEpisodes =
    "device cuda: rounds of whole episodes differ in size, and there is no twin for them; cpu runs "
    "everywhere";

// Rounds of normal numbers, in which no episode ends.
class Probe {
 public:
  Probe(std::size_t observation_size, const envs::Space& action_space, std::size_t envs,
        std::size_t steps)
      : envs_(envs),
        steps_(steps),
        observation_({envs, observation_size}),
        reward_(envs, 1.0),
        over_(envs),
        rollout_({.steps = steps,
                  .envs = envs,
                  .observation_size = observation_size,
                  .action_size = action_size(action_space)}) {
    kernels::RandomStream random(0, "probe");
    for (float& x : observation_.span()) x = static_cast<float>(random.normal());
  }

  // Seconds that an environment step costs an agent that uses every sample `epochs` times; the
  // probe's uses it once.
  double seconds_per_step(OnPolicyAgent& agent, std::size_t epochs) {
    const double acting = seconds_of([&] {
      rollout_.start(observation_.matrix());
      agent.act(rollout_.next());
    });
    rollout_.start(observation_.matrix());
    for (std::size_t t = 0; t < steps_; ++t) {
      agent.act(rollout_.next());
      rollout_.add({.reward = reward_,
                    .terminated = over_,
                    .truncated = over_,
                    .observation = observation_.matrix(),
                    .final_observation = observation_.matrix()});
    }
    const double learning = seconds_of([&] { agent.learn(rollout_, {}); });
    return acting / static_cast<double>(envs_) +
           learning * static_cast<double>(epochs) / static_cast<double>(envs_ * steps_);
  }

 private:
  static std::size_t action_size(const envs::Space& space) {
    const auto* box = std::get_if<envs::Box>(&space);
    return box == nullptr ? 0 : box->size();
  }

  std::size_t envs_, steps_;
  kernels::Tensor observation_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> over_;
  replay::RolloutBuffer rollout_;
};

template <class Config>
std::unique_ptr<OnPolicyAgent> on_cuda(const Config& config, std::size_t observation_size,
                                       const envs::Space& action_space, std::size_t envs,
                                       std::uint64_t seed) {
  return kernels::cuda::named({"policy gradient", {observation_size, envs}}, [&] {
    return std::make_unique<cuda::Ppo>(config, observation_size, action_space, envs, seed);
  });
}

std::unique_ptr<OnPolicyAgent> make_on(kernels::Device device, const PpoConfig& config,
                                       std::size_t observation_size,
                                       const envs::Space& action_space, std::size_t envs,
                                       std::uint64_t seed) {
  if (device == kernels::Device::cpu) {
    return std::make_unique<Ppo>(config, observation_size, action_space, envs, seed);
  }
  return on_cuda(config, observation_size, action_space, envs, seed);
}

std::unique_ptr<OnPolicyAgent> make_on(kernels::Device device, const A2cConfig& config,
                                       std::size_t observation_size,
                                       const envs::Space& action_space, std::size_t envs,
                                       std::uint64_t seed) {
  if (device == kernels::Device::cpu) {
    return std::make_unique<A2c>(config, observation_size, action_space, seed);
  }
  return on_cuda(config, observation_size, action_space, envs, seed);
}

// The config of a probe: a few minibatches, once.
PpoConfig shortened(PpoConfig config, std::size_t envs) {
  const std::size_t enough = (kMinibatches * config.batch_size + envs - 1) / envs;
  config.n_steps = std::min(config.n_steps, enough);
  config.n_epochs = 1;
  return config;
}
A2cConfig shortened(const A2cConfig& config, std::size_t) { return config; }

std::size_t epochs_of(const PpoConfig& config) { return config.n_epochs; }
std::size_t epochs_of(const A2cConfig&) { return 1; }

template <class Config>
OnPolicyOnDevice make(const char* name, const Config& config, std::size_t observation_size,
                      const envs::Space& action_space, std::size_t envs, std::uint64_t seed,
                      DeviceChoice choice) {
  const auto on = [&](kernels::Device device, const Config& c, std::uint64_t s) {
    return make_on(device, c, observation_size, action_space, envs, s);
  };
  const auto cost = [&](kernels::Device device) {
    const Config probed = shortened(config, envs);
    const auto agent = on(device, probed, 0);
    return Probe(observation_size, action_space, envs, probed.n_steps)
        .seconds_per_step(*agent, epochs_of(config));
  };
  const DeviceVerdict verdict = choose_device(name, choice, "", cost);
  return {on(verdict.device, config, seed), verdict.device, verdict.reason};
}

}  // namespace

OnPolicyOnDevice make_on_policy(const PpoConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t envs,
                                std::uint64_t seed, DeviceChoice choice) {
  validate(config, envs);
  return make("ppo", config, observation_size, action_space, envs, seed, choice);
}

OnPolicyOnDevice make_on_policy(const A2cConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t envs,
                                std::uint64_t seed, DeviceChoice choice) {
  validate(config);
  return make("a2c", config, observation_size, action_space, envs, seed, choice);
}

OnPolicyOnDevice make_on_policy(const ReinforceConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t, std::uint64_t seed,
                                DeviceChoice choice) {
  const DeviceVerdict verdict = choose_device("reinforce", choice, kWholeEpisodes, {});
  return {std::make_unique<Reinforce>(config, observation_size, action_space, seed), verdict.device,
          verdict.reason};
}

}  // namespace pavlov::agents
