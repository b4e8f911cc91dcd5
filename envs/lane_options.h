// Options that all environments of numbers in columns share.
#pragma once

#include <cstdint>
#include <string_view>

#include "pavlov/envs/env_options.h"

namespace pavlov::envs {

enum class Math : std::uint8_t {
  exact,  // the bits of the C library
  fast,   // plain polynomials, errors below 2^-52
};

enum class Precision : std::uint8_t {
  float64,  // Gymnasium's
  float32,  // state and arithmetic; sine and cosine by short polynomials, whatever `math` is
};

struct LaneConfig {
  Math math = Math::exact;
  Precision precision = Precision::float64;
  // Loads the physics from memory even where it is the standard one: the same bits, slower (tests
  // compare). Not an option in text.
  bool columns = false;

  void declare(OptionVisitor& option);
};

// Options reset_low <= reset_high, both in [-1e4, 1e4]; `what` is drawn between them.
void declare_reset_bounds(OptionVisitor& option, std::string_view what, double& low, double& high);

// Python's x ** 2, which is the C library's pow and not always x*x.
double library_square(double x);

}  // namespace pavlov::envs
