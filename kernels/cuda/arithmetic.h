// Plain arithmetic of arrays on the device: what a processor does in a loop where it stands.
//
// Every element by itself. Wrong sizes throw std::invalid_argument.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// x *= factor
void scale(Stream& stream, std::span<float> x, float factor);
// to += x
void add(Stream& stream, std::span<const float> x, std::span<float> to);
// out = |a - b|
void absolute_difference(Stream& stream, std::span<const float> a, std::span<const float> b,
                         std::span<float> out);

}  // namespace pavlov::kernels::cuda
