#include "pavlov/tests/envs/lunar_lander/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace pavlov::envs {
namespace {

constexpr double kNormal99 = 2.5758293035489004;  // 99 % of a normal lies within this many sigmas

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Variance of the mean of `values`.
double mean_variance(std::span<const double> values) {
  const double m = mean(values), n = static_cast<double>(values.size());
  double sum = 0.0;
  for (const double v : values) sum += (v - m) * (v - m);
  return sum / (n - 1.0) / n;
}

// P(K > x) of the Kolmogorov distribution.
double kolmogorov_tail(double x) {
  if (x < 0.2) return 1.0;
  double sum = 0.0;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(sum, 0.0, 1.0);
}

// P(X > x) of the chi-square distribution with 1, 2 or 3 degrees of freedom.
double chi_square_tail(double x, std::size_t degrees) {
  const double one = std::erfc(std::sqrt(x / 2.0));
  if (degrees == 1) return one;
  if (degrees == 2) return std::exp(-x / 2.0);
  if (degrees == 3) return one + std::sqrt(2.0 * x / 3.141592653589793) * std::exp(-x / 2.0);
  throw std::invalid_argument("chi_square_tail");
}

}  // namespace

TestResult kolmogorov_smirnov(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double distance = 0.0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= value) ++i;
    while (j < b.size() && b[j] <= value) ++j;
    distance =
        std::max(distance, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return {distance, kolmogorov_tail(distance * std::sqrt(n * m / (n + m)))};
}

TestResult chi_square(std::span<const std::size_t> a, std::span<const std::size_t> b) {
  const double n = static_cast<double>(std::accumulate(a.begin(), a.end(), std::size_t{0}));
  const double m = static_cast<double>(std::accumulate(b.begin(), b.end(), std::size_t{0}));
  double sum = 0.0;
  std::size_t categories = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const auto x = static_cast<double>(a[k]), y = static_cast<double>(b[k]);
    if (x + y == 0.0) continue;
    ++categories;
    const double expected_x = (x + y) * n / (n + m), expected_y = (x + y) * m / (n + m);
    sum += (x - expected_x) * (x - expected_x) / expected_x;
    sum += (y - expected_y) * (y - expected_y) / expected_y;
  }
  if (categories < 2) return {0.0, 1.0};
  return {sum, chi_square_tail(sum, categories - 1)};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double least = 0.0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    least = std::max(least, p[order[k]] * static_cast<double>(order.size() - k));
    adjusted[order[k]] = std::min(least, 1.0);
  }
  return adjusted;
}

Interval mean_difference(std::span<const double> a, std::span<const double> b) {
  const double center = mean(a) - mean(b);
  const double half = kNormal99 * std::sqrt(mean_variance(a) + mean_variance(b));
  return {center - half, center + half};
}

Interval quantile_share(double share, std::size_t sample, std::size_t reference) {
  const double variance =
      share * (1.0 - share) *
      (1.0 / static_cast<double>(sample) + 1.0 / static_cast<double>(reference));
  const double half = kNormal99 * std::sqrt(variance);
  return {share - half, share + half};
}

}  // namespace pavlov::envs
