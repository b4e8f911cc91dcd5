// RunOptions: what every `pavlov train` command has besides its algorithm.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

struct RunOptions {
  std::string algorithm;  // "dqn"
  std::string env;
  std::string config;
  std::string out;
  std::int64_t seed = 1;
  std::int64_t num_envs = 1;
  std::int64_t threads = 1;
  std::int64_t eval_every = 2000;
  std::int64_t eval_episodes = 20;
  std::int64_t final_episodes = 100;
  std::vector<std::string> env_options;
  bool overwrite = false;
  std::string watch;                              // "window", "terminal", or empty: nobody watches
  std::string record;                             // film of the training; may be empty
  std::string size = "1280x720", theme = "dark";  // of the window or film
  double scale = 0.0;                             // its pixels per logical pixel; 0: the screen's
  bool quiet = false;
  bool json = false;
};

void bind(CLI::App& command, RunOptions& options);
// Throws std::invalid_argument for the first value outside its range.
void validate(const RunOptions& options);

// Fills what the command line left open, first from --config, then from the preset of environment
// and algorithm. Returns a line that says which preset applies.
std::string apply_files(CLI::App& command, RunOptions& options);

// Makes runs/cartpole-v1_dqn, or the first of ..._2, ..._3 that does not exist yet: a folder that
// no other run has, also where several start at once.
std::filesystem::path make_new_run_folder(const RunOptions& options);

// `count` environments of the run.
std::unique_ptr<envs::VecEnv> make_env(const RunOptions& options, std::size_t count,
                                       envs::AutoresetMode mode = envs::AutoresetMode::same_step);

}  // namespace pavlov::apps
