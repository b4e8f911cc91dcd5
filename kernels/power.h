// Powers of positive numbers.
#pragma once

#include <span>

namespace pavlov::kernels {

// y[i] = x[i]^exponent for x in [2^-1022, 2^1023] and exponent in [-1, 1]; as e^(exponent ln x), to
// a relative error of 2^-42. Exponents 0 and 1 are exact. y may be x. Throws std::invalid_argument
// for another exponent or unequal lengths; other x give an unspecified number.
void power(std::span<const double> x, double exponent, std::span<double> y);

}  // namespace pavlov::kernels
