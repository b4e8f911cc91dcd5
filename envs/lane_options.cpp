#include "pavlov/envs/lane_options.h"

#include <cmath>
#include <string>

namespace pavlov::envs {

void LaneConfig::declare(OptionVisitor& option) {
  option.choice("math", math, {"exact", "fast"}, "exact: the bits of Gymnasium; fast: polynomials");
  option.choice("precision", precision, {"float64", "float32"},
                "of state and arithmetic; float32 is faster and not Gymnasium's");
}

// From there on no step with the standard physics leaves the numbers of float32, whose squares end
// at 1e38.
constexpr double kMostReset = 1e4;

void declare_reset_bounds(OptionVisitor& option, std::string_view what, double& low, double& high) {
  const OptionVisitor::Range bounds = {-kMostReset, kMostReset};
  option.number("reset_low", low, bounds, "lowest initial " + std::string(what));
  option.number("reset_high", high, bounds, "highest initial " + std::string(what));
  option.rule(low <= high, "reset_low", low, "must be at most reset_high " + number_text(high));
}

double library_square(double x) {
  const volatile double two = 2.0;  // else the compiler would write x*x
  return std::pow(x, two);
}

}  // namespace pavlov::envs
