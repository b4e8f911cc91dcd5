// Softmax and its relatives along the rows of a matrix: forward, backward, cross-entropy loss.
//
// Shapes: B rows, C columns, at least one. float32; the largest entry of a row is subtracted first,
// so that nothing overflows. Sums over a row run in float32, in up to 32 interleaved partial sums
// which are then added pairwise: they depend on the SIMD target, never on the rows around or on the
// number of threads. Probabilities below 1.2e-38 of the largest count as 0. An entry of -infinity
// has probability 0; a row with NaN, +infinity or nothing but -infinity gives NaN throughout.
// Outputs may be the inputs (same memory and stride). Wrong shapes throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// y (B,C) = e^x / sum_c e^x.
void softmax_forward(ConstMatrixView x, MatrixView y);
// Backward, from the result: dx (B,C) = y (dy - sum_c dy y).
void softmax_backward(ConstMatrixView y, ConstMatrixView dy, MatrixView dx);

// y (B,C) = x - log sum_c e^x.
void log_softmax_forward(ConstMatrixView x, MatrixView y);
// Backward, from the result: dx (B,C) = dy - e^y sum_c dy.
void log_softmax_backward(ConstMatrixView y, ConstMatrixView dy, MatrixView dx);

// Cross-entropy of softmax(logits (B,C)) with the gradient at the logits, in one pass. Row losses
//   l_b = -log softmax(logits)_b[target_b]                for targets (B) in [0, C), or
//   l_b = -sum_c target_bc log softmax(logits)_bc         for target distributions (B,C);
// a target entry of 0 adds 0, whatever its logit. Returns (1/B) sum_b w_b l_b, summed in double in
// ascending order, w_b = 1 where `weight` is empty. `losses` (B) receives the l_b unless empty.
//   gradient (B,C) = (softmax(logits) sum_c target - target) w_b / B
// where the target of an integer is 1 at its column. PyTorch's cross_entropy. B is at least 1.
float softmax_cross_entropy(ConstMatrixView logits, std::span<const std::int32_t> target,
                            std::span<const float> weight, MatrixView gradient,
                            std::span<float> losses = {});
float softmax_cross_entropy(ConstMatrixView logits, ConstMatrixView target,
                            std::span<const float> weight, MatrixView gradient,
                            std::span<float> losses = {});

}  // namespace pavlov::kernels
