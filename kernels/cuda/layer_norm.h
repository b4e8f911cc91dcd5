// Layer normalization on the device: layer_norm.h of the folder above, on a stream.
//
// Shapes: B rows, C columns, at least one. Sums over a row as in softmax.h, sums over rows as
// ColumnSums of block-inl.h; what was in dgamma and dbeta is added last. Outputs may be the inputs
// (same memory and stride).
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// y (B,C) = (x - mean) inverse_std gamma + beta; mean (B) and inverse_std (B) are kept for
// backward.
void layer_norm_forward(Stream& stream, ConstMatrixView x, std::span<const float> gamma,
                        std::span<const float> beta, float epsilon, MatrixView y,
                        std::span<float> mean, std::span<float> inverse_std);

// dx (B,C), dgamma (C) += sum_b dy h, dbeta (C) += sum_b dy.
void layer_norm_backward(Stream& stream, ConstMatrixView x, std::span<const float> gamma,
                         std::span<const float> mean, std::span<const float> inverse_std,
                         ConstMatrixView dy, MatrixView dx, std::span<float> dgamma,
                         std::span<float> dbeta);

}  // namespace pavlov::kernels::cuda
