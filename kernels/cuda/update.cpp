#include "pavlov/kernels/cuda/update.h"

#include <cmath>

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"
#include "pavlov/kernels/cuda/update-inl.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "update";

void launch_norm(Stream& stream, std::span<const float> x, std::span<double> scratch, double* norm,
                 float* factor, double max_norm, const float* loss) {
  const std::size_t parts = norm_scratch(x.size());
  if (scratch.size() < parts) {
    throw_argument(kModule, "norm: scratch has " + std::to_string(scratch.size()) +
                                " elements: must have at least " + std::to_string(parts) +
                                " (norm_scratch)");
  }
  const Operation operation{"global_norm", {x.size()}};
  launch(stream, operation, SquaresOfBlocks{x.data(), x.size(), scratch.data()});
  launch(stream, operation, FinishNorm{scratch.data(), parts, norm, factor, max_norm, loss});
}

}  // namespace

std::size_t norm_scratch(std::size_t size) { return divide_up(size, SquaresOfBlocks::kBlock); }

void global_norm(Stream& stream, std::span<const float> x, std::span<double> scratch,
                 double* norm) {
  launch_norm(stream, x, scratch, norm, nullptr, 0.0, nullptr);
}

void clip_by_norm(Stream& stream, std::span<const float> gradient, double max_norm,
                  const float* loss, std::span<double> scratch, double* norm, float* factor) {
  launch_norm(stream, gradient, scratch, norm, factor, max_norm, loss);
}

AdamNumbers adam_numbers(const AdamStep& step) {
  require(step.t >= 1, kModule, "adam: t", step.t, "at least 1: steps are counted from 1");
  require(step.weight_decay >= 0.0f, kModule, "adam: weight_decay", step.weight_decay,
          "at least 0");
  const double beta1 = static_cast<double>(step.beta1), beta2 = static_cast<double>(step.beta2);
  const auto t = static_cast<double>(step.t);
  const double correction1 = 1.0 - std::pow(beta1, t), correction2 = 1.0 - std::pow(beta2, t);
  return {static_cast<float>(1.0 - beta1),
          step.beta2,
          static_cast<float>(1.0 - beta2),
          static_cast<float>(static_cast<double>(step.learning_rate) / correction1),
          static_cast<float>(1.0 / std::sqrt(correction2)),
          step.epsilon,
          step.learning_rate * step.weight_decay};
}

RmsPropNumbers rmsprop_numbers(const RmsPropStep& step) {
  require(step.epsilon > 0.0f, kModule, "rmsprop: epsilon", step.epsilon, "positive");
  require(step.decay >= 0.0f && step.decay < 1.0f, kModule, "rmsprop: decay", step.decay,
          "in [0, 1)");
  return {step.learning_rate, step.decay, static_cast<float>(1.0 - static_cast<double>(step.decay)),
          step.epsilon};
}

SgdNumbers sgd_numbers(const SgdStep& step) {
  require(step.momentum >= 0.0f && step.momentum < 1.0f, kModule, "sgd: momentum", step.momentum,
          "in [0, 1)");
  return {step.learning_rate, step.momentum};
}

void adam_update(Stream& stream, const AdamNumbers* numbers, const float* scale,
                 std::span<float> value, std::span<float> gradient, std::span<float> m,
                 std::span<float> v) {
  const std::size_t size = value.size();
  check_size(kModule, "adam: gradient", gradient.size(), size);
  check_size(kModule, "adam: m", m.size(), size);
  check_size(kModule, "adam: v", v.size(), size);
  launch(stream, {"adam_update", {size}},
         Elements<AdamElement>{{numbers, scale, value.data(), gradient.data(), m.data(), v.data()},
                               size});
}

void rmsprop_update(Stream& stream, const RmsPropNumbers* numbers, EpsilonPlacement placement,
                    const float* scale, std::span<float> value, std::span<float> gradient,
                    std::span<float> v) {
  const std::size_t size = value.size();
  check_size(kModule, "rmsprop: gradient", gradient.size(), size);
  check_size(kModule, "rmsprop: v", v.size(), size);
  launch(stream, {"rmsprop_update", {size}},
         Elements<RmsPropElement>{{numbers, placement == EpsilonPlacement::inside_root, scale,
                                   value.data(), gradient.data(), v.data()},
                                  size});
}

void sgd_update(Stream& stream, const SgdNumbers* numbers, bool nesterov, const float* scale,
                std::span<float> value, std::span<float> gradient, std::span<float> velocity) {
  const std::size_t size = value.size();
  check_size(kModule, "sgd: gradient", gradient.size(), size);
  if (!velocity.empty()) check_size(kModule, "sgd: velocity", velocity.size(), size);
  launch(stream, {"sgd_update", {size}},
         Elements<SgdElement>{
             {numbers, nesterov, scale, value.data(), gradient.data(), pointer_or_null(velocity)},
             size});
}

void polyak_update(Stream& stream, std::span<float> target, std::span<const float> online,
                   float tau) {
  check_size(kModule, "polyak: target", target.size(), online.size());
  require(tau >= 0.0f && tau <= 1.0f, kModule, "polyak: tau", tau, "in [0, 1]");
  if (tau == 1.0f) {  // target + (online - target) would round
    stream.copy(target.data(), online.data(), online.size_bytes());
    return;
  }
  launch(stream, {"polyak_update", {target.size()}},
         Elements<PolyakElement>{{target.data(), online.data(), tau}, target.size()});
}

}  // namespace pavlov::kernels::cuda
