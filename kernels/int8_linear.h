// Fully connected layers with 8-bit weights, for deployment: a quarter of the memory. Faster than
// float32 only where the weights do not stay in the nearest cache: one row at a time, wide layers.
//
// Shapes: B batch, I inputs, O outputs. Weights (I,O) as in linear.h; symmetric, one scale per
// output. Inputs, sums and results are float32; weights are widened in registers. Each output is
// one chain of fused multiply-adds in ascending order of the input that begins at 0 (on targets
// without FMA: multiply, then add), then scale, bias and activation. So a result never depends on
// the batch around a row or on the number of threads. Wrong shapes throw std::invalid_argument.
//
// Error: with y the layer of the float32 weights, in exact arithmetic, each output is at most
//   |scale_o| / 2 sum_i |x_i|  +  (I + 3) 2^-24 (|bias_o| + sum_i |x_i| (|w_io| + scale_o / 2))
// away from it, the first term by quantization, the second by rounding; tanh adds its own 2 ulp.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// scale (O) = max_i |weight (I,O)[i,o]| / 127;  quantized (I,O) = weight / scale to the nearest
// integer, the even one on ties: in [-127, 127]. Columns whose scale would leave the normal numbers
// get scale 0 and zeros. Throws std::invalid_argument for a weight that is not finite.
void quantize_int8(ConstMatrixView weight, BasicMatrixView<std::int8_t> quantized,
                   std::span<float> scale);

// y (B,O) = act(scale (O) * (x (B,I) weight (I,O)) + bias (O)). y may not overlap x. NaN in x
// passes through to its row.
void int8_linear_forward(ConstMatrixView x, BasicMatrixView<const std::int8_t> weight,
                         std::span<const float> scale, std::span<const float> bias,
                         Activation activation, MatrixView y);

}  // namespace pavlov::kernels
