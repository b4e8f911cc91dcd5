// One run of `pavlov train` in this process, and what its records say of it.
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace pavlov::bench {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

struct TrainedRun {
  std::string config;        // hash of all options but the seed, 16 hexadecimal digits
  double score = 0.0;        // mean return of the last policy over the final evaluation
  double steps = 0.0;        // trained
  double cpu_seconds = 0.0;  // of the whole process, evaluations included
  // The first evaluation that reached the threshold: steps, and seconds of training by the clock.
  double solved_after_steps = kNever;
  double solved_after_seconds = kNever;
  int evaluations_after_solved = 0;  // from the first solved evaluation on
  int solved_evaluations = 0;
};

// Trains `algorithm` on `env` with its preset and further `options` into `folder`, which it
// replaces. Ends the process where the training fails.
TrainedRun train(const std::string& algorithm, const std::string& env, int seed, double threshold,
                 const std::vector<std::string>& options, const std::filesystem::path& folder);

}  // namespace pavlov::bench
