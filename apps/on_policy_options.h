// Options of policy-gradient algorithms: binds their configs to the command line.
#pragma once

#include <CLI/App.hpp>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/agents/reinforce.h"
#include "pavlov/agents/train_on_policy.h"

namespace pavlov::apps {

// Every field of the struct becomes the option of the same name; ranges are checked by the agent.
void bind(CLI::App& command, agents::OnPolicyConfig& config);
void bind(CLI::App& command, agents::PpoConfig& config);
void bind(CLI::App& command, agents::A2cConfig& config);
void bind(CLI::App& command, agents::ReinforceConfig& config);

}  // namespace pavlov::apps
