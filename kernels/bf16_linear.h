// Fully connected layers with bfloat16 weights (convert.h): half the memory of float32, and half of
// what a layer reads that does not stay in the nearest cache.
//
// Shapes: B batch, I inputs, O outputs. Weights (I,O) as in linear.h. Inputs, sums and results are
// float32; weights are widened in registers, exactly. Each output is one chain of fused
// multiply-adds in ascending order of the input that begins at 0 (on targets without FMA: multiply,
// then add), then bias and activation. So a result never depends on the batch around a row or on
// the number of threads. Wrong shapes throw std::invalid_argument.
//
// Error: with y the layer of the float32 weights that were rounded, in exact arithmetic, each
// output is at most
//   2^-8 sum_i |x_i w_io|  +  (I + 2) 2^-24 (|bias_o| + sum_i |x_i w_io| (1 + 2^-8))
// away from it, the first term by the weights, the second by rounding; tanh adds its own 2 ulp.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// y (B,O) = act(x (B,I) weight (I,O) + bias (O)). y may not overlap x. NaN in x passes through to
// its row.
void bf16_linear_forward(ConstMatrixView x, BasicMatrixView<const std::uint16_t> weight,
                         std::span<const float> bias, Activation activation, MatrixView y);

}  // namespace pavlov::kernels
