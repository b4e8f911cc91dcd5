// Layer normalization of the rows of a matrix: forward and backward.
//
// Ba, Kiros & Hinton 2016, arXiv:1607.06450; PyTorch's LayerNorm. Shapes: B rows, C columns, at
// least one. float32. Mean and variance take two passes over a row that stays in the first-level
// cache; the variance is the biased one, sum (x - mean)^2 / C. Sums over a row run in up to 32
// interleaved partial sums which are then added pairwise; sums over rows run in ascending order. So
// results depend on the SIMD target, never on the number of threads. NaN spreads over its row.
// Outputs may be the inputs (same memory and stride). Wrong shapes throw std::invalid_argument.
#pragma once

#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// y (B,C) = (x - mean) inverse_std gamma + beta with gamma (C), beta (C), and kept for backward
//   mean (B) = sum_c x / C        inverse_std (B) = 1 / sqrt(variance + epsilon), epsilon > 0
void layer_norm_forward(ConstMatrixView x, std::span<const float> gamma,
                        std::span<const float> beta, float epsilon, MatrixView y,
                        std::span<float> mean, std::span<float> inverse_std);

// Backward, from the input and what forward kept. With h = (x - mean) inverse_std, g = dy gamma:
//   dx (B,C) = inverse_std (g - mean_c g - h mean_c (g h))
//   dgamma (C) += sum_b dy h       dbeta (C) += sum_b dy
void layer_norm_backward(ConstMatrixView x, std::span<const float> gamma,
                         std::span<const float> mean, std::span<const float> inverse_std,
                         ConstMatrixView dy, MatrixView dx, std::span<float> dgamma,
                         std::span<float> dbeta);

}  // namespace pavlov::kernels
