// Saved policies on the command line: a run's folder or a policy file, and its environment.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/envs/catalog.h"

namespace pavlov::apps {

// The policy file that `source` names: itself, or the policy `which` ("last" or "best") of the run
// in that folder. Throws std::runtime_error where there is none, with what else could have been
// meant
// (`others`); std::invalid_argument for another word.
std::filesystem::path find_policy(const std::string& source, const std::string& which,
                                  std::string_view others = "");

// The options the policy was trained with, overridden by those of the command line.
std::vector<envs::EnvOption> merged_options(const agents::PolicyOrigin& origin,
                                            const std::vector<std::string>& assignments);

}  // namespace pavlov::apps
