#include "pavlov/apps/run_options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cctype>

#include "pavlov/apps/config_file.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/presets.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

void require(bool holds, const char* name, std::int64_t value, const char* rule) {
  kernels::require(holds, "options", name, value, rule);
}

}  // namespace

void bind(CLI::App& command, RunOptions& o) {
  command.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command.add_option("--env", o.env, "Environment to learn; see `pavlov list envs`");
  command.add_option("--config", o.config, "TOML file with options by their long names")
      ->configurable(false);
  command.add_option("--out", o.out, "Folder of the run; by default a new one under runs/")
      ->configurable(false);
  command.add_flag("--overwrite", o.overwrite, "Replace a run that is already there")
      ->configurable(false);
  bind_seed(command, o.seed);
  command.add_option("--num_envs", o.num_envs, "Environments stepped together")
      ->capture_default_str();
  command.add_option("--threads", o.threads, "Threads for the environments")->capture_default_str();
  bind_env_options(command, o.env_options);
  command.add_option("--eval_every", o.eval_every, "Steps between evaluations; 0: none")
      ->capture_default_str();
  command.add_option("--eval_episodes", o.eval_episodes, "Greedy episodes per evaluation")
      ->capture_default_str();
  command
      .add_option("--final_episodes", o.final_episodes,
                  "Greedy episodes of the last evaluation; 0: none")
      ->capture_default_str();
  command
      .add_flag("--watch{window}", o.watch,
                "Watch the training live in a window, or with --watch=terminal in text")
      ->configurable(false);
  command
      .add_option("--record", o.record,
                  "Film of the training, with or without a window: .mp4, .gif, or a folder for PNG "
                  "files")
      ->configurable(false);
  command.add_option("--size", o.size, "Size of window or film")
      ->capture_default_str()
      ->configurable(false);
  command
      .add_option("--scale", o.scale,
                  "Pixels per unit of that size; 0: what the screen asks for, 1 in films")
      ->capture_default_str()
      ->configurable(false);
  command.add_option("--theme", o.theme, "Of window or film: dark or light")
      ->capture_default_str()
      ->configurable(false);
  command.add_flag("--quiet", o.quiet, "Show errors only")->configurable(false);
  command.add_flag("--json", o.json, "End with one JSON object on standard output")
      ->configurable(false);
}

void validate(const RunOptions& o) {
  checked_seed(o.seed);
  require(o.num_envs >= 1 && o.num_envs <= 1048576, "num_envs", o.num_envs, "in [1, 1048576]");
  require(o.threads >= 1 && o.threads <= 1024, "threads", o.threads, "in [1, 1024]");
  require(o.eval_every >= 0, "eval_every", o.eval_every, "at least 0 (0: none)");
  require(o.eval_episodes >= 1 && o.eval_episodes <= 100000, "eval_episodes", o.eval_episodes,
          "in [1, 100000]");
  require(o.final_episodes >= 0 && o.final_episodes <= 1000000, "final_episodes", o.final_episodes,
          "in [0, 1000000] (0: none)");
}

std::string apply_files(CLI::App& command, RunOptions& o) {
  if (!o.config.empty()) {
    constexpr std::size_t kMostBytes = 1 << 20;
    apply_config(command, nets::read_file(o.config, kMostBytes), o.config);
  }
  if (o.env.empty()) {
    kernels::throw_argument("options", "--env is required; see `pavlov list envs`");
  }
  for (const Preset& preset : presets()) {
    const std::string text(preset.text);
    if (!preset.name.ends_with("_" + o.algorithm) || config_value(text, "env") != o.env) continue;
    apply_config(command, text, "configs/" + std::string(preset.name) + ".toml");
    return fmt::format("preset configs/{}.toml", preset.name);
  }
  return fmt::format("no preset for {} on {}: the algorithm's defaults apply", o.algorithm, o.env);
}

std::filesystem::path make_new_run_folder(const RunOptions& o) {
  std::string name;
  for (const char c : o.env) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const std::filesystem::path first = std::filesystem::path("runs") / (name + "_" + o.algorithm);
  try {
    std::filesystem::create_directories(first.parent_path());
    std::filesystem::path path = first;
    for (int k = 2; !std::filesystem::create_directory(path); ++k) {
      path = first.string() + "_" + std::to_string(k);
    }
    return path;
  } catch (const std::filesystem::filesystem_error& error) {
    kernels::throw_runtime("run", first.string() + ": cannot make the folder: " +
                                      error.code().message() + "; choose another with --out");
  }
}

std::unique_ptr<envs::VecEnv> make_env(const RunOptions& o, std::size_t count,
                                       envs::AutoresetMode mode) {
  return envs::make(
      o.env,
      {.num_envs = count, .autoreset_mode = mode, .threads = static_cast<std::size_t>(o.threads)},
      parse_env_options(o.env_options));
}

}  // namespace pavlov::apps
