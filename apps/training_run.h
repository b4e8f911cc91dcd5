// Training runs: what every `pavlov train` does around its loop: the run's folder, records,
// evaluations on the way, saved policies, and the report at the end.
#pragma once

#include <CLI/App.hpp>
#include <atomic>
#include <functional>
#include <span>
#include <string>

#include "pavlov/agents/agent.h"
#include "pavlov/agents/observer.h"
#include "pavlov/agents/training_result.h"
#include "pavlov/apps/live_view.h"
#include "pavlov/apps/run_options.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"

namespace pavlov::apps {

// The loop of a run, with everything but who watches it and what stops it.
using Training = std::function<agents::TrainingResult(std::span<const agents::Observer> observers,
                                                      const std::atomic<bool>* stop)>;

// Where a run learns.
struct TrainingDevice {
  std::string name;
  std::string reason;
  bool asked_for = false;  // worth a line
};

struct TrainingRun {
  CLI::App& command;          // of the algorithm, its options applied and checked
  const RunOptions& options;  // likewise
  std::string preset;         // the line of apply_files
  const agents::Agent& agent;
  TrainingDevice device;
  Training train;
  LiveView& view;  // has wrapped the environment
  // Where the loop sees scaled rewards: who knows the returns before that; else null.
  const envs::RecordEpisodeStatistics* unscaled_returns = nullptr;
};

// Trains, records and reports. Returns the exit status of the command.
int run_training(const TrainingRun& run);

// Commands of the algorithms that learn from replay, and of policy gradient: each adds the options
// of algorithm `name`; the exit status goes to `status`.
void add_dqn_options(CLI::App& command, const std::string& name, int& status);
void add_ppo_options(CLI::App& command, const std::string& name, int& status);
void add_a2c_options(CLI::App& command, const std::string& name, int& status);
void add_reinforce_options(CLI::App& command, const std::string& name, int& status);

}  // namespace pavlov::apps
