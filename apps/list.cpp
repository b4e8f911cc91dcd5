// pavlov list envs|agents|presets: what there is.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/algorithms.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/presets.h"
#include "pavlov/apps/program.h"
#include "pavlov/envs/catalog.h"

namespace pavlov::apps {
namespace {

using agents::json_line;

void list_envs(bool json) {
  std::size_t width = 0;
  for (const envs::CatalogEntry& entry : envs::catalog()) width = std::max(width, entry.id.size());
  for (const envs::CatalogEntry& entry : envs::catalog()) {
    const std::unique_ptr<envs::VecEnv> env = envs::make(entry.id);
    const envs::EnvSpec& spec = env->spec();
    const std::string actions = envs::to_string(spec.action_space);
    if (json) {
      fmt::print(
          "{}\n",
          json_line({{"env", std::string(entry.id)},
                     {"summary", std::string(entry.summary)},
                     {"observations", static_cast<std::int64_t>(spec.observation_space.size())},
                     {"action_space", actions},
                     {"max_episode_steps", std::int64_t{spec.max_episode_steps}},
                     {"reward_threshold", spec.reward_threshold.value_or(std::nan(""))}}));
      continue;
    }
    fmt::print("{:<{}}  {}\n", entry.id, width, entry.summary);
    fmt::print("{:<{}}  {} observations, {}, {} steps at most", "", width,
               spec.observation_space.size(), actions, spec.max_episode_steps);
    if (spec.reward_threshold) fmt::print(", solved at {:g}", *spec.reward_threshold);
    fmt::print("\n");
    for (const std::string& option : envs::describe_options(entry.id)) {
      fmt::print("{:<{}}  --set {}\n", "", width, option);
    }
  }
}

void list_agents(bool json) {
  for (const Algorithm& algorithm : algorithms()) {
    if (json) {
      fmt::print("{}\n", json_line({{"agent", std::string(algorithm.name)},
                                    {"summary", std::string(algorithm.summary)}}));
    } else {
      fmt::print("{:<10} {}\n", algorithm.name, algorithm.summary);
    }
  }
}

void list_presets(bool json) {
  for (const Preset& preset : presets()) {
    const std::string env = config_value(std::string(preset.text), "env").value_or("");
    if (json) {
      fmt::print("{}\n", json_line({{"preset", std::string(preset.name)}, {"env", env}}));
    } else {
      // The file's first comment says where its numbers come from and what to expect.
      const std::string_view first = preset.text.substr(0, preset.text.find('\n'));
      fmt::print("{:<18} {:<14} {}\n", preset.name, env,
                 first.substr(first.find_first_not_of("# ")));
    }
  }
}

}  // namespace

void add_list_command(CLI::App& program, int&) {
  CLI::App* command = program.add_subcommand("list", "Show environments, agents or presets");
  command->require_subcommand(1);
  const std::pair<const char*, void (*)(bool)> lists[] = {
      {"envs", list_envs}, {"agents", list_agents}, {"presets", list_presets}};
  for (const auto& [name, print] : lists) {
    CLI::App* list = command->add_subcommand(name, std::string("Show the ") + name);
    auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "One JSON object per line");
    list->callback([json, print = print] { print(*json); });
  }
}

}  // namespace pavlov::apps
