// Heuristics: hand-written controllers, the policies that need no training. A table by environment.
#pragma once

#include <span>
#include <string_view>

#include "pavlov/apps/action_file.h"

namespace pavlov::apps {

// Writes the action for one observation (O).
using Heuristic = void (*)(std::span<const float> observation, EnvAction& action);

// The heuristic of environment `id`; throws std::invalid_argument, naming those that have one.
Heuristic find_heuristic(std::string_view id);

}  // namespace pavlov::apps
