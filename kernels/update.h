// Updates of flat parameter buffers: global norm, the steps of optimizers, Polyak average.
//
// Every optimizer scales the gradient (global-norm clipping), steps and zeroes the gradient in one
// pass. Parameters are independent of each other, so no result depends on the number of threads; an
// element that is 0 with gradient 0 stays 0. Callers flush denormals (denormals.h): the moments of
// parameters without gradient decay into them.
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
//   value -= lr * weight_decay * value + step_size * m / (sqrt(v) * root_correction + epsilon)
// with step_size = lr / (1 - beta1^t) and root_correction = 1 / sqrt(1 - beta2^t), t from 1: the
// arithmetic of PyTorch's Adam. With a weight decay it is AdamW (Loshchilov & Hutter 2019,
// arXiv:1711.05101, algorithm 2), which spares no bias: step those apart, with decay 0.
struct AdamStep {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float gradient_scale = 1.0f;
  std::int64_t t = 1;         // number of this step, from 1
  float weight_decay = 0.0f;  // at least 0
};
// `gradient` is zeroed in the same pass, ready for the next accumulation.
void adam_update(const AdamStep& step, std::span<float> value, std::span<float> gradient,
                 std::span<float> m, std::span<float> v);

// One RMSprop step (Tieleman & Hinton 2012, lecture 6.5; neither centered nor with momentum):
//   g = gradient_scale * gradient;   v = decay v + (1 - decay) g^2
//   value -= lr * g / (sqrt(v) + epsilon)      as PyTorch, whose v starts at 0
//   value -= lr * g / sqrt(v + epsilon)        as TensorFlow, whose v starts at 1
enum class EpsilonPlacement : std::uint8_t { outside_root, inside_root };
struct RmsPropStep {
  float learning_rate = 7e-4f;  // this and epsilon: A2C of Stable-Baselines3
  float decay = 0.99f;          // [0, 1)
  float epsilon = 1e-5f;        // > 0
  EpsilonPlacement placement = EpsilonPlacement::outside_root;
  float gradient_scale = 1.0f;
};
void rmsprop_update(const RmsPropStep& step, std::span<float> value, std::span<float> gradient,
                    std::span<float> v);

// One step of stochastic gradient descent with momentum, as PyTorch (no dampening):
//   g = gradient_scale * gradient;   velocity = momentum velocity + g
//   value -= lr * velocity, or with nesterov  value -= lr * (g + momentum velocity)
// `velocity` starts at 0; it may be empty where momentum is 0.
struct SgdStep {
  float learning_rate = 1e-2f;
  float momentum = 0.0f;  // [0, 1)
  bool nesterov = false;
  float gradient_scale = 1.0f;
};
void sgd_update(const SgdStep& step, std::span<float> value, std::span<float> gradient,
                std::span<float> velocity);

// target += tau * (online - target), tau in [0,1]; tau = 1 copies.
void polyak_update(std::span<float> target, std::span<const float> online, float tau);

}  // namespace pavlov::kernels
