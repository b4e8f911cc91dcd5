#include "pavlov/envs/lane_options.h"

#include <cmath>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {

LaneConfig LaneConfig::read(OptionReader& options) {
  LaneConfig config;
  config.math = static_cast<Math>(options.choice(
      "math", 0, {"exact", "fast"}, "exact: the bits of Gymnasium; fast: polynomials"));
  config.precision = static_cast<Precision>(
      options.choice("precision", 0, {"float64", "float32"},
                     "of state and arithmetic; float32 is faster and not Gymnasium's"));
  return config;
}

std::string describe(const LaneConfig& config) {
  return std::string("math=") + (config.math == Math::exact ? "exact" : "fast") +
         " precision=" + (config.precision == Precision::float64 ? "float64" : "float32");
}

// From there on no step leaves the numbers of float32, whose squares end at 1e38.
constexpr double kMostReset = 1e4;

void read_reset_bounds(OptionReader& options, std::string_view what, double& low, double& high) {
  const OptionReader::Range bounds = {-kMostReset, kMostReset};
  low = options.number("reset_low", low, bounds, "lowest initial " + std::string(what));
  high = options.number("reset_high", high, bounds, "highest initial " + std::string(what));
}

void check_reset_bounds(std::string_view id, double low, double high) {
  if (-kMostReset <= low && low <= high && high <= kMostReset) return;  // false for NaN
  kernels::throw_argument(id, "reset_low " + number_text(low) + ", reset_high " +
                                  number_text(high) + ": must be in [-" + number_text(kMostReset) +
                                  ", " + number_text(kMostReset) + "], low not above high");
}

double library_square(double x) {
  const volatile double two = 2.0;  // else the compiler would write x*x
  return std::pow(x, two);
}

}  // namespace pavlov::envs
