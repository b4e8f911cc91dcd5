// Options: binds configuration structs to the command line.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "pavlov/agents/device_choice.h"
#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/envs/catalog.h"

namespace pavlov::apps {

// Every field of the struct becomes the option of the same name; ranges are checked by validate().
void bind(CLI::App& command, agents::DqnConfig& config);
void bind(CLI::App& command, agents::OffPolicyConfig& config);

// --device cpu|cuda|auto.
void bind_device(CLI::App& command, agents::DeviceChoice& choice);

// --set name=value, repeatable: options of the environment.
void bind_env_options(CLI::App& command, std::vector<std::string>& assignments);
// Splits "name=value"; throws std::invalid_argument for text without '='.
std::vector<envs::EnvOption> parse_env_options(const std::vector<std::string>& assignments);

// Seeds of a run are in [0, 2^32), which keeps them apart from those of evaluations.
void bind_seed(CLI::App& command, std::int64_t& seed);
std::uint64_t checked_seed(std::int64_t seed);

}  // namespace pavlov::apps
