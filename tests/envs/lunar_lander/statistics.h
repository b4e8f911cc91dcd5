// Two-sample tests: whether two samples may come from one distribution.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace pavlov::envs {

struct TestResult {
  double statistic;
  double p;  // probability of a statistic at least as large where the distributions are the same
};

// Kolmogorov and Smirnov: the greatest distance of the two empirical distribution functions;
// p by the asymptotic series. Ties make it conservative.
TestResult kolmogorov_smirnov(std::vector<double> a, std::vector<double> b);

// Pearson's chi-square on counts of the same categories; categories empty in both do not count.
TestResult chi_square(std::span<const std::size_t> a, std::span<const std::size_t> b);

// Adjusts p values for having been many (Holm 1979): all null hypotheses with an adjusted value
// below alpha may be rejected, with a probability of any error of at most alpha.
std::vector<double> holm(std::span<const double> p);

struct Interval {
  double low, high;
};
// 99 % interval of mean(a) - mean(b), large samples, unequal variances (Welch).
Interval mean_difference(std::span<const double> a, std::span<const double> b);

// 99 % interval of the difference of the quantiles at `share` in (0, 1), in ranks: the share of
// `sample` below `reference`'s quantile must lie in [low, high].
Interval quantile_share(double share, std::size_t sample, std::size_t reference);

}  // namespace pavlov::envs
