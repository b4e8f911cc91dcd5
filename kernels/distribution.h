// Categorical distributions of returns on a fixed support: C51's target, loss and Q-values.
//
// Bellemare et al. 2017 (arXiv:1707.06887), algorithm 1. Differs: atom Z - 1 has a right neighbour
// of weight 0 instead of floor = ceil, so that what falls on an atom keeps all its mass; the loss
// is taken from log-softmax, not from the logarithm of probabilities; discounts are per sample.
// Shapes: B batch, A actions, Z atoms. A matrix (B,A*Z) holds the Z logits of action 0, then those
// of action 1, ...; `action` names the block of each row and may be empty where A = 1.
// float32 unless said; no result depends on the number of threads. NaN passes through to the rows
// that hold it, and so does a row without a finite logit. Wrong sizes, and an action outside [0,
// A), throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// Atom j stands for the return z_j = v_min + j dz, dz = (v_max - v_min) / (Z - 1).
struct Support {
  float v_min = -10.0f;    // finite, below v_max (arXiv:1707.06887, section 5)
  float v_max = 10.0f;     // finite; returns outside count as the nearest end
  std::size_t atoms = 51;  // Z, at least 2
};

// out (B,Z) = softmax of logits (B,A*Z)[b, action[b]*Z ...]. Sums run in lanes of float32.
void categorical_probability(ConstMatrixView logits, std::span<const std::int32_t> action,
                             MatrixView out);

// value (B,A)[b,a] = sum_j softmax(logits (B,A*Z)[b, a*Z ...])_j z_j: Q-values, to choose an
// action. Sums run in lanes of float32; their quotient in double.
void categorical_mean(const Support& support, ConstMatrixView logits, MatrixView value);

// Projection of the distribution of reward + discount * z onto the support. With
//   x_j = clamp((reward[b] + discount[b] z_j - v_min) / dz, 0, Z - 1),  l = min(floor(x_j), Z - 2)
// out (B,Z) = 0, then for j = 0, 1, ...:
//   out[b,l] += probability (B,Z)[b,j] (l + 1 - x_j);  out[b,l+1] += probability[b,j] (x_j - l)
// discount is gamma^n, or 0 after a terminal step. x_j is computed in double, as offset + discount
// j: with reward 0 and discount 1 the distribution stays as it is, to the bit. Mass is added in
// float32. out may not overlap probability.
void categorical_projection(const Support& support, ConstMatrixView probability,
                            std::span<const float> reward, std::span<const float> discount,
                            MatrixView out);

// Cross-entropy at the chosen action, with x its logits and per-sample weight w (all 1 where
// `weight` is empty):
//   sample_loss[b] = -sum_j target (B,Z)[b,j] log softmax(x)_j
//   returns (1/B) sum_b w_b sample_loss[b]
//   gradient (B,A*Z) = w_b / B (softmax(x) sum_j target[b,j] - target[b]) in the block of the
//   chosen action, zero in the others
// B is at least 1. sample_loss, the priority of a sample, may be empty. Atoms are summed in lanes
// of float32, samples in double. An atom with target 0 adds no loss, whatever its logit.
float categorical_loss(ConstMatrixView logits, std::span<const std::int32_t> action,
                       ConstMatrixView target, std::span<const float> weight, MatrixView gradient,
                       std::span<float> sample_loss);

}  // namespace pavlov::kernels
