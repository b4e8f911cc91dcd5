// Fully connected layers with 8-bit weights on the device: int8_linear.h of the folder above, on a
// stream.
//
// Shapes: B batch, I inputs, O outputs. One thread for each output: the bits of a processor with
// fused multiply-add. What weights are is seen on the device only: one that is not finite gives its
// column a scale of NaN, which the layer passes on.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// scale (O) = max_i |weight (I,O)[i,o]| / 127;  quantized (I,O) = weight / scale to the nearest
// integer, the even one on ties. Columns whose scale would leave the normal numbers get scale 0 and
// zeros.
void quantize_int8(Stream& stream, ConstMatrixView weight, BasicMatrixView<std::int8_t> quantized,
                   std::span<float> scale);

// y (B,O) = act(scale (O) * (x (B,I) weight (I,O)) + bias (O)). y may not overlap x.
void int8_linear_forward(Stream& stream, ConstMatrixView x,
                         BasicMatrixView<const std::int8_t> weight, std::span<const float> scale,
                         std::span<const float> bias, Activation activation, MatrixView y);

}  // namespace pavlov::kernels::cuda
