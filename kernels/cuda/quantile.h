// Quantile regression of returns on the device: quantile.h of the folder above, on a stream.
//
// Shapes: B batch, A actions, N quantiles, M samples of the target distribution; a matrix (B,A*N)
// holds the quantiles of action 0, then those of action 1, ... Each quantile sums its M pairs in
// ascending order in float32; quantiles are summed in double, thread c of 32 taking the columns c,
// c + 32, ... in ascending order, then lanes() of block-inl.h. An action outside [0, A) gives NaN.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/quantile.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// sample_loss (B) is needed here; value[0] = (1/B) sum_b w_b sample_loss[b], in double, as in
// loss.h.
void quantile_huber_loss(Stream& stream, const QuantileLoss& loss, ConstMatrixView quantiles,
                         std::span<const std::int32_t> action, ConstMatrixView target,
                         std::span<const float> weight, MatrixView gradient,
                         std::span<float> sample_loss, float* value);

// out (B,N)[b,j] = reward[b] + discount[b] * quantiles (B,A*N)[b, action[b]*N + j].
void quantile_target(Stream& stream, ConstMatrixView quantiles,
                     std::span<const std::int32_t> action, std::span<const float> reward,
                     std::span<const float> discount, MatrixView out);

// value (B,A)[b,a] = mean over i of quantiles (B,A*N)[b, a*N + i], summed as in softmax.h.
void quantile_mean(Stream& stream, ConstMatrixView quantiles, MatrixView value);

}  // namespace pavlov::kernels::cuda
