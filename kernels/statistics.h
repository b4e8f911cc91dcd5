// Statistics of arrays: sums, extremes, mean and variance, standardization.
//
// Sums run in double over the float32 numbers, in interleaved partial sums (at most 32, depending
// on the SIMD target) that are then added pairwise: never depending on the number of threads. Mean
// and variance come from the sums of d = x - x_0 and of d^2 in one pass, x_0 being the first number
// (0 where that is not finite); in double, no digit of float32 is lost by that. NaN gives NaN.
// Wrong sizes throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// What the sum of N squared distances is divided by.
enum class Variance : std::uint8_t {
  population,  // N: NumPy's default
  sample,      // N - 1, unbiased: PyTorch's default; NaN for one number
};

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
};

// sum_i x_i; 0 for no numbers.
double sum(std::span<const float> x);

// Extremes of at least one number.
float largest(std::span<const float> x);
float smallest(std::span<const float> x);

// Of at least one number.
Moments moments(std::span<const float> x, Variance kind);

// mean (C) and variance (C) of the columns of x (N,C), N at least 1.
void column_moments(ConstMatrixView x, Variance kind, std::span<double> mean,
                    std::span<double> variance);

// x = (x - mean) / (sqrt(variance) + epsilon) in place, epsilon >= 0: normalized advantages. Fewer
// than two numbers are left as they are.
void standardize(std::span<float> x, Variance kind, float epsilon);

}  // namespace pavlov::kernels
