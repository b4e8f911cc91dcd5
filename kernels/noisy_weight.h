// Noisy layers: weights with factorised Gaussian noise, and the gradient that passes through it.
//
// Fortunato et al. 2018 (arXiv:1706.10295), eq. 10 and 11: the noise of a weight is the product of
// one number per input and one per output. A bias (1,O) is a weight whose one input has noise 1.
// Shapes: I inputs, O outputs; or O = A*Z, blocks of Z outputs for each of A actions. float32, each
// element by itself, actions summed in ascending order: a result depends on the SIMD target only
// through fusing, never on the number of threads. NaN stays in its element, or spreads over the
// actions of its input and output. Wrong shapes throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// out (I,O)[i,o] = mean (I,O)[i,o] + scale (I,O)[i,o] (noise_in (I)[i] noise_out (O)[o]).
void noisy_weight(ConstMatrixView mean, ConstMatrixView scale, std::span<const float> noise_in,
                  std::span<const float> noise_out, MatrixView out);

// Backward, from d_weight = dL/dout (I,O), which is zeroed in the same pass, ready for the next
// accumulation:
//   d_mean (I,O) += d_weight        d_scale (I,O)[i,o] += d_weight[i,o] (noise_in[i] noise_out[o])
void noisy_weight_backward(MatrixView d_weight, std::span<const float> noise_in,
                           std::span<const float> noise_out, MatrixView d_mean, MatrixView d_scale);

// Centered: dueling.h takes the mean advantage off the outputs; taken off the weights it does the
// same. These blocks add up to zero, so that some K < A of them may do. With w (I,A*Z) the weight
// of above, or `mean` itself where `scale` and its noise are empty:
//   out (I,K*Z)[i,k,z] = w[i,k,z] - sum_a w[i,a,z] / A      the first K blocks, 1 <= K <= A
void centered_weight(ConstMatrixView mean, ConstMatrixView scale, std::span<const float> noise_in,
                     std::span<const float> noise_out, std::size_t actions, MatrixView out);

// Backward, from d_weight = dL/dout (I,K*Z), which is zeroed in the same pass:
//   g (I,A*Z)[i,a,z] = (d_weight[i,a,z] where a < K, else 0) - sum_k d_weight[i,k,z] / A
//   d_mean (I,A*Z) += g     d_scale (I,A*Z)[i,o] += g[i,o] (noise_in[i] noise_out[o]), where given
void centered_weight_backward(MatrixView d_weight, std::span<const float> noise_in,
                              std::span<const float> noise_out, std::size_t actions,
                              MatrixView d_mean, MatrixView d_scale);

}  // namespace pavlov::kernels
