// Dueling networks: action values from a state value and advantages, forward and backward.
//
// Wang et al. 2016 (arXiv:1511.06581), eq. 9: the mean advantage is subtracted, per atom or
// quantile where a network estimates a distribution, and before any softmax (Rainbow,
// arXiv:1710.02298). Shapes: B batch, A actions, Z atoms or quantiles (1: plain values). A matrix
// (B,A*Z) holds the Z numbers of action 0, then those of action 1, ... float32; actions are summed
// in ascending order, each element by itself, so no result depends on the SIMD target or the number
// of threads. NaN spreads over the actions of its row and atom. Wrong shapes throw
// std::invalid_argument.
#pragma once

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

}  // namespace pavlov::kernels
