// Noisy layers: weights with factorised Gaussian noise, and the gradient that passes through it.
//
// Fortunato et al. 2018 (arXiv:1706.10295), eq. 10 and 11: the noise of a weight is the product of
// one number per input and one per output. A bias (1,O) is a weight whose one input has noise 1.
// Shapes: I inputs, O outputs. float32, each element by itself: a result depends on the SIMD target
// only through fusing, never on the number of threads. NaN stays in its element. Wrong shapes throw
// std::invalid_argument.
#pragma once

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

}  // namespace pavlov::kernels
