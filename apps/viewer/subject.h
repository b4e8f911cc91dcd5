// Subject of a show: an environment in words.
#pragma once

#include <string>
#include <vector>

#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

// Names of the actions, or of the dimensions of a continuous one.
std::vector<std::string> action_names(const envs::EnvSpec& spec);

Subject make_subject(const envs::EnvSpec& spec, std::string algorithm, std::string detail);

}  // namespace pavlov::apps
