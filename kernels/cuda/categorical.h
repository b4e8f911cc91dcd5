// Categorical distributions over actions on the device: categorical.h of the folder above, on a
// stream.
//
// Shapes: B rows, A actions, at least one. Sums over a row as in softmax.h; draws add their weights
// in ascending order, one thread per row: the bits of the processor's. An action outside [0, A)
// gives NaN.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// action[b] by inversion, from uniform[b] in [0,1): of the probabilities softmax(logits (B,A)), or
// of weights (B,A) >= 0.
void categorical_sample(Stream& stream, ConstMatrixView logits, std::span<const float> uniform,
                        std::span<std::int32_t> action);
void categorical_sample_weights(Stream& stream, ConstMatrixView weights,
                                std::span<const float> uniform, std::span<std::int32_t> action);

// log_p (B,A) = log softmax(logits) (may be the logits), log_prob[b] = log_p[b, action[b]],
// entropy[b] = -sum_c p log p.
void categorical_forward(Stream& stream, ConstMatrixView logits,
                         std::span<const std::int32_t> action, MatrixView log_p,
                         std::span<float> log_prob, std::span<float> entropy);

// dlogits (B,A) = d_log_prob ([c = action] - p) - d_entropy p (log_p + entropy); may be log_p.
void categorical_backward(Stream& stream, ConstMatrixView log_p,
                          std::span<const std::int32_t> action, std::span<const float> entropy,
                          std::span<const float> d_log_prob, std::span<const float> d_entropy,
                          MatrixView dlogits);

}  // namespace pavlov::kernels::cuda
