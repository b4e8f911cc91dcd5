// Regression losses on the device: loss.h of the folder above, on a stream.
//
// Shapes: B batch, at least 1. The loss (1) goes to device memory. One block sums it in double:
// thread t takes the samples t, t + 256, ... in ascending order, then as sum_over_block
// (block-inl.h).
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// loss[0] = (1/B) sum w * huber(prediction - target), gradient (B) = its derivative; w = 1 where
// `weight` is empty.
void huber_loss(Stream& stream, std::span<const float> prediction, std::span<const float> target,
                std::span<const float> weight, float kappa, std::span<float> gradient, float* loss);

// loss[0] = (1/B) sum w * (prediction - target)^2
void mse_loss(Stream& stream, std::span<const float> prediction, std::span<const float> target,
              std::span<const float> weight, std::span<float> gradient, float* loss);

// out[0] = mean of values (at least 1), summed as a loss is.
void mean(Stream& stream, std::span<const float> values, float* out);

}  // namespace pavlov::kernels::cuda
