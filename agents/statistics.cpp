#include "pavlov/agents/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/random.h"

namespace pavlov::agents {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // of 97.5 %

void check_scores(std::span<const double> scores) {
  if (scores.empty()) kernels::throw_argument("statistics", "0 scores: must be at least one");
  for (const double score : scores) {
    kernels::require(std::isfinite(score), "statistics", "score", score, "finite");
  }
}

std::vector<double> sorted(std::span<const double> scores) {
  check_scores(scores);
  std::vector<double> copy(scores.begin(), scores.end());
  std::ranges::sort(copy);
  return copy;
}

double mean(std::span<const double> scores) {
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

// Of ascending values, with linear interpolation: NumPy's default.
double quantile(std::span<const double> ascending, double q) {
  const double position = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  const double part = position - static_cast<double>(below);
  return ascending[below] + part * (ascending[above] - ascending[below]);
}

}  // namespace

double interquartile_mean(std::span<const double> scores) {
  const std::vector<double> ascending = sorted(scores);
  const std::size_t cut = ascending.size() / 4;
  return mean(std::span(ascending).subspan(cut, ascending.size() - 2 * cut));
}

double median(std::span<const double> scores) { return quantile(sorted(scores), 0.5); }

Interval bootstrap_interval(std::span<const std::vector<double>> tasks, const Statistic& statistic,
                            const BootstrapConfig& config) {
  kernels::require(config.repetitions >= 1, "statistics", "repetitions", config.repetitions,
                   "at least 1");
  kernels::require(config.confidence > 0.0 && config.confidence < 1.0, "statistics", "confidence",
                   config.confidence, "in (0, 1)");
  if (tasks.empty()) kernels::throw_argument("statistics", "0 tasks: must be at least one");
  for (const std::vector<double>& task : tasks) check_scores(task);
  kernels::RandomStream random(config.seed, "bootstrap");
  std::vector<double> drawn;
  std::vector<double> values(static_cast<std::size_t>(config.repetitions));
  for (double& value : values) {
    drawn.clear();
    for (const std::vector<double>& task : tasks) {
      for (std::size_t i = 0; i < task.size(); ++i) {
        drawn.push_back(task[random.below(static_cast<std::uint32_t>(task.size()))]);
      }
    }
    value = statistic(drawn);
  }
  std::ranges::sort(values);
  const double tail = 0.5 * (1.0 - config.confidence);
  return {quantile(values, tail), quantile(values, 1.0 - tail)};
}

Interval bootstrap_interval(std::span<const double> scores, const Statistic& statistic,
                            const BootstrapConfig& config) {
  const std::vector<double> task(scores.begin(), scores.end());
  return bootstrap_interval(std::span(&task, 1), statistic, config);
}

Interval wilson_interval(std::int64_t successes, std::int64_t trials) {
  kernels::require(trials >= 1, "statistics", "trials", trials, "at least 1");
  kernels::require(successes >= 0 && successes <= trials, "statistics", "successes", successes,
                   "in [0, trials=" + std::to_string(trials) + "]");
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
  const double half =
      kNormalQuantile / (1.0 + z2 / n) * std::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
  return {std::max(center - half, 0.0), std::min(center + half, 1.0)};
}

double probability_of_improvement(std::span<const double> x, std::span<const double> y) {
  check_scores(x);
  check_scores(y);
  double wins = 0.0;
  for (const double a : x) {
    for (const double b : y) wins += a > b ? 1.0 : a == b ? 0.5 : 0.0;
  }
  return wins / static_cast<double>(x.size() * y.size());
}

}  // namespace pavlov::agents
