// Numbers of Gymnasium's own making: the C library's functions, every division a division.
#pragma once

#include <cmath>

#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_options.h"

namespace pavlov::envs {

// The slow and obvious twin of portable::ExactMath.
struct LibraryMath {
  using T = double;
  static kernels::portable::SinCos<double> sine_cosine(double x) {
    return {std::sin(x), std::cos(x)};
  }
  static double cosine(double x) { return std::cos(x); }
  static double square(double x) { return library_square(x); }
  static double float_square(double x) {
    const volatile float two = 2.0f;
    return static_cast<double>(std::pow(static_cast<float>(x), two));
  }
  static double wrapped(double x) {
    const double pi = 0x1.921fb54442d18p1;
    const double r = std::fmod(x + pi, 2 * pi);
    return (r < 0 ? r + 2 * pi : r) - pi;
  }
  template <class C>
  static double over(double a, const C& c) {
    return kernels::portable::divide(a, c);
  }
};

}  // namespace pavlov::envs
