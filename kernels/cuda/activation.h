// Activation functions on the device: activation.h of the folder above, on a stream, with its
// errors. Every element by itself; the output may be one of the inputs.
#pragma once

#include <span>

#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// Forward: y = f(x). Backward, from the result y (gelu: from the input x): dx = dy f'.
void exp_forward(Stream& stream, std::span<const float> x, std::span<float> y);
void exp_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                  std::span<float> dx);
void tanh_forward(Stream& stream, std::span<const float> x, std::span<float> y);
void tanh_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                   std::span<float> dx);
void sigmoid_forward(Stream& stream, std::span<const float> x, std::span<float> y);
void sigmoid_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                      std::span<float> dx);
void relu_forward(Stream& stream, std::span<const float> x, std::span<float> y);
void relu_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                   std::span<float> dx);
void gelu_forward(Stream& stream, Gelu form, std::span<const float> x, std::span<float> y);
void gelu_backward(Stream& stream, Gelu form, std::span<const float> x, std::span<const float> dy,
                   std::span<float> dx);

}  // namespace pavlov::kernels::cuda
