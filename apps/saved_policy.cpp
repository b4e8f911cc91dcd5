#include "pavlov/apps/saved_policy.h"

#include <algorithm>
#include <iterator>
#include <system_error>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/options.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {

std::filesystem::path find_policy(const std::string& source, const std::string& which,
                                  std::string_view others) {
  const std::filesystem::path path = source;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const std::string unknown = "no such run or policy file" + std::string(others);
    kernels::throw_runtime("policy", source + ": " + (error ? error.message() : unknown));
  }
  if (!std::filesystem::is_directory(path)) return path;
  if (!agents::is_run_folder(path)) {
    kernels::throw_runtime("policy", source + ": this folder holds no run");
  }
  constexpr std::string_view kKnown[] = {"last", "best"};
  if (std::ranges::find(kKnown, which) == std::end(kKnown)) {
    kernels::throw_argument("policy", kernels::unknown_name_message("policy", which, kKnown));
  }
  const auto file = path / (which == "last" ? agents::RunFolder::kLast : agents::RunFolder::kBest);
  if (!std::filesystem::exists(file)) {
    kernels::throw_runtime("policy", file.string() + ": this run has not saved it (yet)");
  }
  return file;
}

std::vector<envs::EnvOption> merged_options(const agents::PolicyOrigin& origin,
                                            const std::vector<std::string>& assignments) {
  std::vector<envs::EnvOption> options = parse_env_options(assignments);
  for (const auto& [name, value] : origin.env_options) {
    const bool given = std::ranges::any_of(
        options, [&, key = name](const envs::EnvOption& option) { return option.name == key; });
    if (!given) options.push_back({name, value});
  }
  return options;
}

}  // namespace pavlov::apps
