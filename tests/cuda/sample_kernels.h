// Two small launchers for the tests of streams: of independent elements, and of a block.
#pragma once

#include <cstddef>
#include <span>

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// x += amount
void add(Stream& stream, std::span<float> x, float amount);
// total[0] = sum of x
void sum_all(Stream& stream, std::span<const float> x, float* total);

}  // namespace pavlov::kernels::cuda
