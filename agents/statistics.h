// Statistics of scores: what a handful of training runs says about an algorithm.
//
// Agarwal et al. 2021 (arXiv:2108.13264) and its library rliable: interquartile mean, stratified
// bootstrap with percentile intervals, probability of improvement; Wilson 1927 for shares. A run is
// one seed, a task one environment. The interquartile mean leaves the worst quarter of the runs
// out, so print the least score and the share of solved runs beside it.
// Every function throws std::invalid_argument where there is no score, or one that is not finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace pavlov::agents {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// Mean without the floor(n/4) least and the floor(n/4) greatest of n scores.
double interquartile_mean(std::span<const double> scores);

// The middle score, or the mean of the two in the middle.
double median(std::span<const double> scores);

// What a statistic makes of the scores of all tasks together.
using Statistic = std::function<double(std::span<const double>)>;

struct BootstrapConfig {
  std::int64_t repetitions = 50000;  // >= 1 (rliable)
  double confidence = 0.95;          // in (0, 1)
  std::uint64_t seed = 0;            // of stream "bootstrap"
};

// Interval of `statistic` over tasks[k] = the scores of task k: in each repetition the runs of
// every task are drawn anew, with replacement, within that task; the interval holds the middle
// `confidence` of the repetitions, its ends interpolated linearly.
Interval bootstrap_interval(std::span<const std::vector<double>> tasks, const Statistic& statistic,
                            const BootstrapConfig& config = {});
// The same of one task.
Interval bootstrap_interval(std::span<const double> scores, const Statistic& statistic,
                            const BootstrapConfig& config = {});

// Wilson's score interval of the share successes / trials, at 95 %. trials >= successes >= 0,
// trials >= 1; else std::invalid_argument.
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

// P(x > y) + P(x = y) / 2 for a run of each: Mann and Whitney's U over n m.
double probability_of_improvement(std::span<const double> x, std::span<const double> y);

}  // namespace pavlov::agents
