// Which device a DQN learns on: the one asked for, or the one that is faster for this very run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "pavlov/agents/device_choice.h"
#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"

namespace pavlov::agents {

struct DqnOnDevice {
  std::unique_ptr<OffPolicyAgent> agent;
  kernels::Device device;
  std::string reason;  // why this device
};

// Makes the agent. `automatic` acts and learns with two agents of the same sizes for about a tenth
// of a second each, and compares what an environment step of the run costs; see device_choice.h.
// Nothing of that touches the agent's random streams. Where `cuda` is asked for, throws
// std::invalid_argument for an option that it lacks, and std::runtime_error without a device or
// memory enough.
DqnOnDevice make_dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
                     std::uint64_t seed, DeviceChoice choice, const OffPolicyConfig& training,
                     std::size_t num_envs);

}  // namespace pavlov::agents
