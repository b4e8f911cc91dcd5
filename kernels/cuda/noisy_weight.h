// Noisy layers on the device: noisy_weight.h of the folder above, on a stream.
//
// A layer's weight and bias are done by one launch. Shapes: I inputs, O outputs. Each element by
// itself: the bits of a processor with fused multiply-add.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// The numbers of a layer: a weight (I,O) and a bias (O).
struct Affine {
  MatrixView weight;
  std::span<float> bias;
};
struct ConstAffine {
  ConstMatrixView weight;
  std::span<const float> bias;

  ConstAffine(ConstMatrixView w, std::span<const float> b) : weight(w), bias(b) {}
  ConstAffine(const Affine& a) : weight(a.weight), bias(a.bias) {}  // NOLINT
};

// out = mean + scale noise, the noise of a weight being noise_in (I)[i] noise_out (O)[o], that of a
// bias noise_out[o].
void noisy_weight(Stream& stream, const ConstAffine& mean, const ConstAffine& scale,
                  std::span<const float> noise_in, std::span<const float> noise_out,
                  const Affine& out);

// Backward, from d_out, which is zeroed in the same pass: d_mean += d_out, d_scale += d_out noise.
void noisy_weight_backward(Stream& stream, const Affine& d_out, std::span<const float> noise_in,
                           std::span<const float> noise_out, const Affine& d_mean,
                           const Affine& d_scale);

}  // namespace pavlov::kernels::cuda
