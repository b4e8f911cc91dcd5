// Regression losses with their gradients at the predictions, in one pass.
//
// Shapes: B batch, at least 1. Sums run in double over lanes of float32 terms; gradients are times
// the float32 number nearest to 1/B. sample_loss (B) receives the loss of each sample, without its
// weight: priorities of a replay; it may be empty. NaN passes through to loss and gradient. Wrong
// sizes throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

namespace pavlov::kernels {

// With delta = prediction - target and per-sample weight w (all 1 where `weight` is empty):
//   sample_loss = huber(delta);  returns (1/B) sum w * sample_loss
//   huber(d) = d^2/2 if |d| <= kappa, else kappa (|d| - kappa/2)
//   gradient (B) = w * clamp(delta, -kappa, kappa) / B
// kappa > 0. PyTorch's HuberLoss(delta=kappa); at kappa = 1 its SmoothL1Loss.
float huber_loss(std::span<const float> prediction, std::span<const float> target,
                 std::span<const float> weight, float kappa, std::span<float> gradient,
                 std::span<float> sample_loss = {});

//   sample_loss = delta^2;  returns (1/B) sum w * sample_loss;  gradient (B) = 2 w delta / B.
// PyTorch's MSELoss.
float mse_loss(std::span<const float> prediction, std::span<const float> target,
               std::span<const float> weight, std::span<float> gradient,
               std::span<float> sample_loss = {});

}  // namespace pavlov::kernels
