// Updates of flat parameter buffers: global norm, Adam, Polyak average.
//
// All spans of one call have the same length P, else std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

namespace pavlov::kernels {

// sqrt(sum x^2) over the whole buffer; float32 lanes of at most 4096 elements, summed in double.
// Infinite where a square leaves float32 (|x| > 1.8e19), as in PyTorch.
double global_norm(std::span<const float> x);

// Factor that brings a gradient of this norm to at most max_norm: min(1, max_norm / norm).
// PyTorch's clip_grad_norm_ adds 1e-6 to the norm; this does not. max_norm <= 0 means no clipping.
float clip_factor(double norm, double max_norm);

// One Adam step (Kingma & Ba 2015, algorithm 1, bias corrections folded into two scalars):
//   g = gradient_scale * gradient
//   m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g^2
//   value -= step_size * m / (sqrt(v) * root_correction + epsilon)
// with step_size = lr / (1 - beta1^t) and root_correction = 1 / sqrt(1 - beta2^t), t from 1: the
// arithmetic of PyTorch's Adam.
struct AdamStep {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float gradient_scale = 1.0f;
  std::int64_t t = 1;  // number of this step, from 1
};
// `gradient` is zeroed in the same pass, ready for the next accumulation.
void adam_update(const AdamStep& step, std::span<float> value, std::span<float> gradient,
                 std::span<float> m, std::span<float> v);

// target += tau * (online - target), tau in [0,1]; tau = 1 copies.
void polyak_update(std::span<float> target, std::span<const float> online, float tau);

}  // namespace pavlov::kernels
