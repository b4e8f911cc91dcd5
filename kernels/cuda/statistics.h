// Statistics of arrays on the device: statistics.h of the folder above, on a stream.
//
// Sums run in double over the float32 numbers by one block, as in loss.h. Mean and variance come
// from the sums of d = x - x_0 and of d^2, x_0 being the first number (0 where that is not finite).
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/statistics.h"

namespace pavlov::kernels::cuda {

// result (2) = mean and variance of x, at least one number; `result` is in device memory.
void moments(Stream& stream, std::span<const float> x, Variance kind, std::span<double> result);

// x = (x - mean) / (sqrt(variance) + epsilon) in place, epsilon >= 0. `scratch` (2) receives the
// moments. Fewer than two numbers are left as they are.
void standardize(Stream& stream, std::span<float> x, Variance kind, float epsilon,
                 std::span<double> scratch);

}  // namespace pavlov::kernels::cuda
