// Dueling networks: action values from a state value and advantages, forward and backward.
//
// Wang et al. 2016 (arXiv:1511.06581), eq. 9: the mean advantage is subtracted, per atom or
// quantile where a network estimates a distribution, and before any softmax (Rainbow,
// arXiv:1710.02298). Shapes: B batch, A actions, Z atoms or quantiles (1: plain values). A matrix
// (B,A*Z) holds the Z numbers of action 0, then those of action 1, ... float32; actions are summed
// in ascending order, each element by itself, so no result depends on the SIMD target or the number
// of threads. NaN spreads over the actions of its row and atom. Wrong shapes, and actions that are
// not there, throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// out (B,A*Z)[b,a,z] = advantage (B,A*Z)[b,a,z] + (value (B,Z)[b,z] - sum_k advantage[b,k,z] / A).
// out may be advantage.
void dueling_forward(ConstMatrixView value, ConstMatrixView advantage, MatrixView out);

// Backward, from d_out (B,A*Z):
//   d_value (B,Z)[b,z] = sum_k d_out[b,k,z]
//   d_advantage (B,A*Z)[b,a,z] = d_out[b,a,z] - d_value[b,z] / A
// d_advantage may be d_out.
void dueling_backward(ConstMatrixView d_out, MatrixView d_value, MatrixView d_advantage);

// Two actions, whose advantages lie as far above their mean as below it: half (B,Z) is half of
// advantage 0 less advantage 1 (centered_weight of noisy_weight.h gives it).
//   out (B,2*Z)[b] = value (B,Z)[b] + half[b], then value[b] - half[b]
void dueling_pair_forward(ConstMatrixView value, ConstMatrixView half, MatrixView out);
// Of the action (B), 0 or 1, of each row: out (B,Z), which may be half.
void dueling_pair_forward(ConstMatrixView value, ConstMatrixView half,
                          std::span<const std::int32_t> action, MatrixView out);

// Backward, from d_out (B,2*Z): d_value (B,Z) = its first block + its second, d_half (B,Z) = its
// first - its second.
void dueling_pair_backward(ConstMatrixView d_out, MatrixView d_value, MatrixView d_half);
// From d_out (B,Z) of the action of each row, which may be d_value or d_half.
void dueling_pair_backward(ConstMatrixView d_out, std::span<const std::int32_t> action,
                           MatrixView d_value, MatrixView d_half);

}  // namespace pavlov::kernels
