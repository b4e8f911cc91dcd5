// Diagonal Gaussian policies: sampling, log-probability, entropy, tanh squashing, gradients.
//
// Shapes: B rows, A action dimensions, at least one. log_std is (1,A), shared by all rows, or
// (B,A). float32; sums over a row run in up to 32 interleaved partial sums which are then added
// pairwise, sums over rows likewise in up to 16: they depend on the SIMD target, never on the
// number of threads. NaN gives NaN in its row. Wrong shapes throw std::invalid_argument.
#pragma once

#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// action (B,A) = mean + e^log_std noise, noise (B,A) from the standard normal distribution; action
// may be the noise.
void gaussian_sample(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView noise,
                     MatrixView action);

// With z = (action - mean) e^-log_std:
//   log_prob (B) = sum_a -z^2/2 - log_std - log(2 pi)/2
//   entropy (B) = sum_a log_std + log(2 pi e)/2
void gaussian_forward(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView action,
                      std::span<float> log_prob, std::span<float> entropy);

// Backward, from the inputs and the gradients at log_prob and entropy (B); the action is a
// constant.
//   d_mean (B,A) = d_log_prob z e^-log_std
//   d_log_std = d_log_prob (z^2 - 1) + d_entropy, summed over the rows where log_std is (1,A);
//               of the shape of log_std
// d_mean may be mean or action.
void gaussian_backward(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView action,
                       std::span<const float> d_log_prob, std::span<const float> d_entropy,
                       MatrixView d_mean, MatrixView d_log_std);

// Squashes actions into (-1,1) and brings their log-probability along:
//   action (B,A) = tanh u, u (B,A)
//   log_prob (B) -= sum_a log(1 - tanh^2 u) = sum_a 2 (log 2 - u - softplus(-2u))
// in the form on the right, which stays exact where tanh u rounds to 1 (its error is at most
// 2^-22 (1 + |u|) per dimension). action may be u.
void tanh_squash_forward(ConstMatrixView u, MatrixView action, std::span<float> log_prob);

// Backward, from the result and the gradients at it: du (B,A) = d_action (1 - action^2) + 2
// d_log_prob action. du may be d_action.
void tanh_squash_backward(ConstMatrixView action, ConstMatrixView d_action,
                          std::span<const float> d_log_prob, MatrixView du);

}  // namespace pavlov::kernels
