// Softmax and its relatives on the device: softmax.h of the folder above, on a stream.
//
// Shapes: B rows, C columns, at least one. A group of 32 threads takes a row: thread c adds the
// columns c, c + 32, ... in ascending order in float32, then lanes() of block-inl.h. Outputs may be
// the inputs (same memory and stride).
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// y (B,C) = e^x / sum_c e^x. Backward, from the result: dx (B,C) = y (dy - sum_c dy y).
void softmax_forward(Stream& stream, ConstMatrixView x, MatrixView y);
void softmax_backward(Stream& stream, ConstMatrixView y, ConstMatrixView dy, MatrixView dx);

// y (B,C) = x - log sum_c e^x. Backward, from the result: dx (B,C) = dy - e^y sum_c dy.
void log_softmax_forward(Stream& stream, ConstMatrixView x, MatrixView y);
void log_softmax_backward(Stream& stream, ConstMatrixView y, ConstMatrixView dy, MatrixView dx);

// Cross-entropy of softmax(logits (B,C)) with the gradient (B,C) at the logits, for targets (B) in
// [0, C) or target distributions (B,C). `losses` (B) receives the losses of the rows and is needed
// here; loss[0] = (1/B) sum_b w_b losses[b], in double, as in loss.h. A target outside [0, C) gives
// NaN.
void softmax_cross_entropy(Stream& stream, ConstMatrixView logits,
                           std::span<const std::int32_t> target, std::span<const float> weight,
                           MatrixView gradient, std::span<float> losses, float* loss);
void softmax_cross_entropy(Stream& stream, ConstMatrixView logits, ConstMatrixView target,
                           std::span<const float> weight, MatrixView gradient,
                           std::span<float> losses, float* loss);

}  // namespace pavlov::kernels::cuda
