// Plain arithmetic of arrays on the device: what a processor does in a loop where it stands.
//
// Every element by itself. Wrong sizes throw std::invalid_argument.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// x = value
void fill(Stream& stream, std::span<float> x, float value);
// x *= factor
void scale(Stream& stream, std::span<float> x, float factor);
// to += x
void add(Stream& stream, std::span<const float> x, std::span<float> to);
// out = |a - b|
void absolute_difference(Stream& stream, std::span<const float> a, std::span<const float> b,
                         std::span<float> out);
// out = the float32 nearest to x
void narrow(Stream& stream, std::span<const double> x, std::span<float> out);
// health[0] turns NaN where a number of x, which are few, is not finite; else it stays as it is.
void check_finite(Stream& stream, std::span<const float> x, float* health);
// to (B,C) = from (B,C), whatever their strides are
void copy_matrix(Stream& stream, ConstMatrixView from, MatrixView to);

}  // namespace pavlov::kernels::cuda
