// Losses of policy-gradient agents on the device: policy_loss.h of the folder above, on a stream.
//
// Shapes: B batch, at least 1. Sums in double by one block, as in loss.h.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// result (3) = loss, approx_kl, clip_fraction, see PolicyLoss; gradient (B) = dloss/dlog_prob.
void ppo_policy_loss(Stream& stream, std::span<const float> log_prob,
                     std::span<const float> old_log_prob, std::span<const float> advantage,
                     float clip, std::span<float> gradient, std::span<float> result);

// loss[0] = (1/B) sum max((V - R)^2, (c - R)^2), see policy_loss.h.
void clipped_value_loss(Stream& stream, std::span<const float> value,
                        std::span<const float> old_value, std::span<const float> target, float clip,
                        std::span<float> gradient, float* loss);

}  // namespace pavlov::kernels::cuda
