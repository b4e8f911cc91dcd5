// Which device a policy-gradient agent learns on: the one asked for, or the one that is faster for
// this very run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/device_choice.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/agents/reinforce.h"

namespace pavlov::agents {

struct OnPolicyOnDevice {
  std::unique_ptr<OnPolicyAgent> agent;
  kernels::Device device;
  std::string reason;  // why this device
};

// Make the agent for `envs` environments. `automatic` acts and learns with two agents of the same
// sizes, on a few minibatches, and compares what an environment step of the run costs; see
// device_choice.h. Nothing of that touches the agent's random streams. REINFORCE, whose rounds are
// of whole episodes and differ in size, knows the processor only. Where `cuda` is asked for, throws
// std::invalid_argument for an algorithm that has no twin there, and std::runtime_error without a
// device or memory enough.
OnPolicyOnDevice make_on_policy(const PpoConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t envs,
                                std::uint64_t seed, DeviceChoice choice);
OnPolicyOnDevice make_on_policy(const A2cConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t envs,
                                std::uint64_t seed, DeviceChoice choice);
OnPolicyOnDevice make_on_policy(const ReinforceConfig& config, std::size_t observation_size,
                                const envs::Space& action_space, std::size_t envs,
                                std::uint64_t seed, DeviceChoice choice);

}  // namespace pavlov::agents
