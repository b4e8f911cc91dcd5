// Losses of policy-gradient agents with their gradients at the outputs, in one pass: PPO's clipped
// surrogate and its clipped value loss. (Its plain value loss is mse_loss of loss.h.)
//
// Schulman et al. 2017 (arXiv:1707.06347), eq. 7 and 9; the clipped value loss and the estimate of
// the divergence as in CleanRL's ppo.py.
// Shapes: B batch, at least 1. Sums run in double over lanes of float32 terms; gradients are times
// the float32 number nearest to 1/B. No result depends on the number of threads. NaN passes through
// to the sums and to the gradient of its sample. Wrong sizes throw std::invalid_argument.
#pragma once

#include <span>

namespace pavlov::kernels {

struct PolicyLoss {
  float loss = 0.0f;       // (1/B) sum max(-A r, -A clamp(r, 1 - clip, 1 + clip))
  float approx_kl = 0.0f;  // (1/B) sum (r - 1) - log r, never negative (Schulman's estimator k3)
  float clip_fraction = 0.0f;  // share of samples with |r - 1| > clip
};

// With r = exp(log_prob - old_log_prob) and A = advantage:
//   gradient (B) = dloss/dlog_prob = -A r / B, or 0 where A > 0 and r > 1 + clip, and where A < 0
//   and r < 1 - clip
// clip > 0; infinity never clips, which is A2C's gradient on the policy that acted (r = 1).
// r is infinite where log r > 88 and 0 where log r < -87. The divergence is taken from the series
// of the exponential, so it keeps its digits where r is near 1.
PolicyLoss ppo_policy_loss(std::span<const float> log_prob, std::span<const float> old_log_prob,
                           std::span<const float> advantage, float clip, std::span<float> gradient);

// With V = value, c = old_value + clamp(V - old_value, -clip, clip), R = target:
//   returns (1/B) sum max((V - R)^2, (c - R)^2)
//   gradient (B) = 2 (V - R) / B, or 0 where the clipped term is the greater one
// clip > 0. No factor 1/2: CleanRL's loss is half of this.
float clipped_value_loss(std::span<const float> value, std::span<const float> old_value,
                         std::span<const float> target, float clip, std::span<float> gradient);

}  // namespace pavlov::kernels
