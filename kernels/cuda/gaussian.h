// Diagonal Gaussian policies on the device: gaussian.h of the folder above, on a stream.
//
// Shapes: B rows, A action dimensions, at least one; log_std is (1,A), shared by all rows, or
// (B,A). Sums over a row as in softmax.h, sums over rows as ColumnSums of block-inl.h.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// action (B,A) = mean + e^log_std noise; action may be the noise.
void gaussian_sample(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                     ConstMatrixView noise, MatrixView action);

// log_prob (B) and entropy (B) of action (B,A).
void gaussian_forward(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                      ConstMatrixView action, std::span<float> log_prob, std::span<float> entropy);

// d_mean (B,A), which may be mean or action, and d_log_std of the shape of log_std.
void gaussian_backward(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                       ConstMatrixView action, std::span<const float> d_log_prob,
                       std::span<const float> d_entropy, MatrixView d_mean, MatrixView d_log_std);

// action (B,A) = tanh u; log_prob (B) -= sum_a log(1 - tanh^2 u). action may be u.
void tanh_squash_forward(Stream& stream, ConstMatrixView u, MatrixView action,
                         std::span<float> log_prob);

// du (B,A) = d_action (1 - action^2) + 2 d_log_prob action; may be d_action.
void tanh_squash_backward(Stream& stream, ConstMatrixView action, ConstMatrixView d_action,
                          std::span<const float> d_log_prob, MatrixView du);

}  // namespace pavlov::kernels::cuda
