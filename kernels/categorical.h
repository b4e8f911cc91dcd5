// Categorical distributions over actions: sampling, log-probability, entropy and their gradients.
//
// Shapes: B rows, A actions, at least one. float32; sums as in softmax.h. Uniform numbers come from
// the caller, so a result is a pure function of its arguments, whatever the number of threads. A
// logit of -infinity is an action that cannot be taken: it is never drawn, and adds 0 to entropy
// and gradient. Wrong shapes, and actions outside [0, A), throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// action[b] by inversion, from u = uniform[b] in [0,1): with w_c = e^(logit_c - largest logit) and
// S_c = w_0 + ... + w_c, added in float32 in ascending order on every target, the first c with
// S_c > u S_(A-1), the product rounded to float32; where rounding leaves none, the last c with
// w_c > 0. So an action of probability 0 is never drawn. A row with NaN gives 0.
void categorical_sample(ConstMatrixView logits, std::span<const float> uniform,
                        std::span<std::int32_t> action);
// The same with weights w (B,A) >= 0 in place of logits; they need not add up to 1.
void categorical_sample_weights(ConstMatrixView weights, std::span<const float> uniform,
                                std::span<std::int32_t> action);

// log_p (B,A) = log softmax(logits) (may be the logits), log_prob[b] = log_p[b, action[b]],
// entropy[b] = -sum_c p log p with p = e^log_p.
void categorical_forward(ConstMatrixView logits, std::span<const std::int32_t> action,
                         MatrixView log_p, std::span<float> log_prob, std::span<float> entropy);

// Backward, from what forward gave and the gradients at log_prob and entropy (B):
//   dlogits (B,A) = d_log_prob ([c = action] - p) - d_entropy p (log_p + entropy)
// dlogits may be log_p.
void categorical_backward(ConstMatrixView log_p, std::span<const std::int32_t> action,
                          std::span<const float> entropy, std::span<const float> d_log_prob,
                          std::span<const float> d_entropy, MatrixView dlogits);

}  // namespace pavlov::kernels
