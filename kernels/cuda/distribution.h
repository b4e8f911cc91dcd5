// Categorical distributions of returns on the device: distribution.h of the folder above, on a
// stream.
//
// Shapes: B batch, A actions, Z atoms; a matrix (B,A*Z) holds the logits of action 0, then those of
// action 1, ... Sums over atoms in float32 as in softmax.h. An action outside [0, A) gives NaN in
// its row.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// out (B,Z) = softmax of logits (B,A*Z)[b, action[b]*Z ...].
void categorical_probability(Stream& stream, ConstMatrixView logits,
                             std::span<const std::int32_t> action, MatrixView out);

// value (B,A)[b,a] = sum_j softmax(logits (B,A*Z)[b, a*Z ...])_j z_j.
void categorical_mean(Stream& stream, const Support& support, ConstMatrixView logits,
                      MatrixView value);

// out (B,Z) = projection of the distribution of reward + discount * z onto the support. Every atom
// adds what comes to it in ascending order of the source, in float32: the bits of the processor's.
void categorical_projection(Stream& stream, const Support& support, ConstMatrixView probability,
                            std::span<const float> reward, std::span<const float> discount,
                            MatrixView out);

// Cross-entropy at the chosen action. sample_loss (B) is needed here; loss[0] = (1/B) sum_b w_b
// sample_loss[b], in double, as in loss.h.
void categorical_loss(Stream& stream, ConstMatrixView logits, std::span<const std::int32_t> action,
                      ConstMatrixView target, std::span<const float> weight, MatrixView gradient,
                      std::span<float> sample_loss, float* loss);

}  // namespace pavlov::kernels::cuda
