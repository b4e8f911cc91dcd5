// RunRecorder: evaluates a run on the way, records it, saves its policies, shows its progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "pavlov/agents/observer.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/learning_curve.h"
#include "pavlov/apps/progress.h"
#include "pavlov/apps/run_options.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"

namespace pavlov::apps {

class RunRecorder {
 public:
  // All arguments must outlive the recorder. `unscaled_returns` knows the returns of training
  // episodes where the loop sees scaled ones; else null.
  RunRecorder(const RunOptions& options, agents::RunFolder& folder,
              const envs::RecordEpisodeStatistics* unscaled_returns = nullptr);

  // What to hand to the training loop; refers to this object.
  std::vector<agents::Observer> observers();
  // Ends the progress bar's line.
  void finish() { progress_.finish(); }

  // The agent's greedy policy as it is now.
  agents::Policy policy(const agents::Agent& agent, std::int64_t env_steps) const;
  // Plays the final evaluation, on episodes that the periodic ones do not use, and records it.
  agents::Evaluation evaluate_last(agents::Policy& policy, std::int64_t env_steps);
  // Writes learning_curve.svg, where there was an evaluation to draw.
  void save_picture() const;

  std::optional<double> threshold() const { return eval_env_->spec().reward_threshold; }
  // Evaluations so far.
  const std::vector<CurvePoint>& curve() const { return curve_; }
  // Seconds of training at the first evaluation at or above the threshold.
  std::optional<double> solved_after() const { return solved_after_; }

 private:
  void record_training(const agents::TrainingSnapshot& snapshot);
  void evaluate(const agents::TrainingSnapshot& snapshot);
  void show(const agents::TrainingSnapshot& snapshot);

  // Of the last training episodes, before any scaling; NaN before the first.
  double mean_return(const agents::TrainingSnapshot& snapshot) const;

  const RunOptions& options_;
  agents::RunFolder& folder_;
  const envs::RecordEpisodeStatistics* unscaled_returns_;
  std::unique_ptr<envs::VecEnv> eval_env_;
  ProgressBar progress_;
  std::vector<CurvePoint> curve_;
  double best_;  // mean of the best evaluation so far
  std::optional<double> solved_after_;
};

}  // namespace pavlov::apps
