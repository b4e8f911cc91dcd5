// Quantile regression of returns: the loss of QR-DQN with its gradient, and what goes before it.
//
// Dabney et al. 2018 (arXiv:1710.10044), eq. 10. Differs: the Huber loss is divided by kappa, as in
// IQN (arXiv:1806.06923, eq. 3), so that kappa -> 0 is the plain quantile loss of eq. 8 and kappa =
// 0 may ask for it; at kappa = 1 there is no difference.
// Shapes: B batch, A actions, N quantiles, M samples of the target distribution. A matrix (B,A*N)
// holds N quantiles of action 0, then those of action 1, ...; `action` names the block of each row
// and may be empty where A = 1. Quantile i stands for the probability tau_i = (i + 1/2) / N.
// float32; no result depends on the number of threads. Wrong sizes, and an action outside [0, A),
// throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

struct QuantileLoss {
  std::size_t quantiles = 0;  // N, at least 1
  float kappa = 1.0f;         // where the Huber loss turns linear; 0: plain quantile loss
};

// With theta_i the quantiles of the chosen action, u_ij = target (B,M)[b,j] - theta_i and
// per-sample weight w (all 1 where `weight` is empty):
//   huber(u) = (u^2/2 if |u| <= kappa, else kappa (|u| - kappa/2)) / kappa;  |u| at kappa = 0
//   sample_loss[b] = (1/M) sum_i sum_j |tau_i - 1[u_ij < 0]| huber(u_ij)
//   returns (1/B) sum_b w_b sample_loss[b]
//   gradient (B,A*N) = derivative of that; zero in the blocks of other actions, and for pairs with
//   u = 0 at kappa = 0
// B and M are at least 1. sample_loss, the priority of a sample, may be empty. Each quantile sums
// its M pairs in ascending order of j in float32; quantiles and samples are summed in double. A
// target of +-infinity gives an infinite loss and a finite gradient. NaN passes through to the
// loss, and to the gradients of the quantiles that it meets.
float quantile_huber_loss(const QuantileLoss& loss, ConstMatrixView quantiles,
                          std::span<const std::int32_t> action, ConstMatrixView target,
                          std::span<const float> weight, MatrixView gradient,
                          std::span<float> sample_loss);

// out (B,N)[b,j] = reward[b] + discount[b] * quantiles (B,A*N)[b, action[b]*N + j]: samples of the
// target distribution. discount is gamma^n, or 0 after a terminal step.
void quantile_target(ConstMatrixView quantiles, std::span<const std::int32_t> action,
                     std::span<const float> reward, std::span<const float> discount,
                     MatrixView out);

// value (B,A)[b,a] = mean over i of quantiles (B,A*N)[b, a*N + i]: Q-values, to choose an action.
// Sums run in lanes of float32.
void quantile_mean(ConstMatrixView quantiles, MatrixView value);

}  // namespace pavlov::kernels
