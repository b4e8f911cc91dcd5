// The catalog: every environment that comes with Pavlov, by id.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/env.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {

// One option of an environment, as text: {"sutton_barto_reward", "true"}.
struct EnvOption {
  std::string name;
  std::string value;
};

// What the catalog knows of an environment without making one.
struct CatalogEntry {
  std::string_view id;
  std::string_view summary;  // one line
};

std::span<const CatalogEntry> catalog();

// Makes `options.num_envs` environments of kind `id`. Throws std::invalid_argument for an unknown
// id or option (naming the nearest known one) and for a value outside its range.
std::unique_ptr<VecEnv> make(std::string_view id, const VecOptions& options = {},
                             std::span<const EnvOption> env_options = {});

// Names, defaults and meanings of the options that environment `id` takes, one line each.
std::vector<std::string> describe_options(std::string_view id);

}  // namespace pavlov::envs
