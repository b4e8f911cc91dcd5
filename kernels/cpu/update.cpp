#include "pavlov/kernels/update.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/update.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#ifndef PAVLOV_KERNELS_CPU_UPDATE_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_UPDATE_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct AdamBuffers {
  float* value;
  float* gradient;
  float* m;
  float* v;
  std::size_t size;
};

struct AdamScalars {
  float scale, one_minus_beta1, beta2, one_minus_beta2, step_size, root_correction, epsilon;
  float decay;  // lr * weight decay
};

struct RmsPropBuffers {
  float* value;
  float* gradient;
  float* v;
  std::size_t size;
};

struct RmsPropScalars {
  float scale, decay, one_minus_decay, learning_rate, epsilon;
  bool inside_root;
};

struct SgdBuffers {
  float* value;
  float* gradient;
  float* velocity;  // null: no momentum
  std::size_t size;
};

struct SgdScalars {
  float scale, momentum, learning_rate;
  bool nesterov;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sum of squares of at most kNormBlock elements; four chains hide the latency of the additions.
HWY_INLINE float sum_of_squares(const float* x, std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  std::size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    const auto x0 = hn::LoadU(d, x + i);
    const auto x1 = hn::LoadU(d, x + i + lanes);
    const auto x2 = hn::LoadU(d, x + i + 2 * lanes);
    const auto x3 = hn::LoadU(d, x + i + 3 * lanes);
    sum0 = hn::MulAdd(x0, x0, sum0);
    sum1 = hn::MulAdd(x1, x1, sum1);
    sum2 = hn::MulAdd(x2, x2, sum2);
    sum3 = hn::MulAdd(x3, x3, sum3);
  }
  for (; i + lanes <= size; i += lanes) {
    const auto x0 = hn::LoadU(d, x + i);
    sum0 = hn::MulAdd(x0, x0, sum0);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  for (; i < size; ++i) sum += x[i] * x[i];
  return sum;
}

double SumOfSquares(const float* x, std::size_t size) {
  constexpr std::size_t kNormBlock = 4096;
  double sum = 0.0;
  for (std::size_t i = 0; i < size; i += kNormBlock) {
    const std::size_t rest = size - i;
    sum += static_cast<double>(sum_of_squares(x + i, rest < kNormBlock ? rest : kNormBlock));
  }
  return sum;
}

// Optimizers take their arguments by value: a store to a parameter might change what a reference
// stands for, which would then be read again for every vector.
template <class D>
HWY_INLINE void adam_vector(D d, const AdamBuffers& p, const AdamScalars& s, std::size_t i) {
  const auto g = hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, p.gradient + i));
  hn::StoreU(hn::Zero(d), d, p.gradient + i);
  const auto m_old = hn::LoadU(d, p.m + i);
  // beta1 m + (1 - beta1) g, as PyTorch's lerp
  const auto m = hn::MulAdd(hn::Set(d, s.one_minus_beta1), hn::Sub(g, m_old), m_old);
  hn::StoreU(m, d, p.m + i);
  const auto g_part = hn::Mul(hn::Set(d, s.one_minus_beta2), g);
  const auto v = hn::MulAdd(g_part, g, hn::Mul(hn::Set(d, s.beta2), hn::LoadU(d, p.v + i)));
  hn::StoreU(v, d, p.v + i);
  const auto denominator =
      hn::MulAdd(hn::Sqrt(v), hn::Set(d, s.root_correction), hn::Set(d, s.epsilon));
  const auto step = hn::Div(hn::Mul(hn::Set(d, s.step_size), m), denominator);
  // not times 1 - decay: its rounding would be the same at every step, and add up
  const auto value = hn::LoadU(d, p.value + i);
  const auto kept = hn::NegMulAdd(hn::Set(d, s.decay), value, value);
  hn::StoreU(hn::Sub(kept, step), d, p.value + i);
}

void AdamUpdate(AdamBuffers p, AdamScalars s) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= p.size; i += hn::Lanes(d)) adam_vector(d, p, s, i);
  for (; i < p.size; ++i) adam_vector(d1, p, s, i);
}

template <class D>
HWY_INLINE void rmsprop_vector(D d, const RmsPropBuffers& p, const RmsPropScalars& s,
                               std::size_t i) {
  const auto g = hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, p.gradient + i));
  hn::StoreU(hn::Zero(d), d, p.gradient + i);
  const auto g_part = hn::Mul(hn::Set(d, s.one_minus_decay), g);
  const auto v = hn::MulAdd(g_part, g, hn::Mul(hn::Set(d, s.decay), hn::LoadU(d, p.v + i)));
  hn::StoreU(v, d, p.v + i);
  const auto epsilon = hn::Set(d, s.epsilon);
  const auto denominator =
      s.inside_root ? hn::Sqrt(hn::Add(v, epsilon)) : hn::Add(hn::Sqrt(v), epsilon);
  const auto step = hn::Div(hn::Mul(hn::Set(d, s.learning_rate), g), denominator);
  hn::StoreU(hn::Sub(hn::LoadU(d, p.value + i), step), d, p.value + i);
}

void RmsPropUpdate(RmsPropBuffers p, RmsPropScalars s) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= p.size; i += hn::Lanes(d)) rmsprop_vector(d, p, s, i);
  for (; i < p.size; ++i) rmsprop_vector(d1, p, s, i);
}

template <class D>
HWY_INLINE void sgd_vector(D d, const SgdBuffers& p, const SgdScalars& s, std::size_t i) {
  const auto g = hn::Mul(hn::Set(d, s.scale), hn::LoadU(d, p.gradient + i));
  hn::StoreU(hn::Zero(d), d, p.gradient + i);
  auto direction = g;
  if (p.velocity != nullptr) {
    const auto momentum = hn::Set(d, s.momentum);
    const auto velocity = hn::MulAdd(momentum, hn::LoadU(d, p.velocity + i), g);
    hn::StoreU(velocity, d, p.velocity + i);
    direction = s.nesterov ? hn::MulAdd(momentum, velocity, g) : velocity;
  }
  const auto value = hn::LoadU(d, p.value + i);
  hn::StoreU(hn::NegMulAdd(hn::Set(d, s.learning_rate), direction, value), d, p.value + i);
}

void SgdUpdate(SgdBuffers p, SgdScalars s) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= p.size; i += hn::Lanes(d)) sgd_vector(d, p, s, i);
  for (; i < p.size; ++i) sgd_vector(d1, p, s, i);
}

void PolyakUpdate(float* target, const float* online, std::size_t size, float tau) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto rate = hn::Set(d, tau);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto old = hn::LoadU(d, target + i);
    const auto difference = hn::Sub(hn::LoadU(d, online + i), old);
    hn::StoreU(hn::MulAdd(rate, difference, old), d, target + i);
  }
  const hn::CappedTag<float, 1> d1;
  for (; i < size; ++i) {
    const auto old = hn::LoadU(d1, target + i);
    const auto difference = hn::Sub(hn::LoadU(d1, online + i), old);
    hn::StoreU(hn::MulAdd(hn::Set(d1, tau), difference, old), d1, target + i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cmath>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(SumOfSquares);
HWY_EXPORT(AdamUpdate);
HWY_EXPORT(RmsPropUpdate);
HWY_EXPORT(SgdUpdate);
HWY_EXPORT(PolyakUpdate);

double global_norm(std::span<const float> x) {
  return std::sqrt(PAVLOV_DISPATCH(SumOfSquares)(x.data(), x.size()));
}

float clip_factor(double norm, double max_norm) {
  if (max_norm <= 0.0 || norm <= max_norm) return 1.0f;
  return static_cast<float>(max_norm / norm);
}

void adam_update(const AdamStep& step, std::span<float> value, std::span<float> gradient,
                 std::span<float> m, std::span<float> v) {
  const std::size_t size = value.size();
  if (gradient.size() != size || m.size() != size || v.size() != size) {
    throw_argument("update", "adam: value " + std::to_string(size) + ", gradient " +
                                 std::to_string(gradient.size()) + ", m " +
                                 std::to_string(m.size()) + ", v " + std::to_string(v.size()) +
                                 " elements: must be equal");
  }
  if (step.t < 1) {
    throw_argument("update", "adam: t " + std::to_string(step.t) + ": steps are counted from 1");
  }
  require(step.weight_decay >= 0.0f, "update", "adam: weight_decay", step.weight_decay,
          "at least 0");
  const double beta1 = static_cast<double>(step.beta1);
  const double beta2 = static_cast<double>(step.beta2);
  const auto t = static_cast<double>(step.t);
  const double correction1 = 1.0 - std::pow(beta1, t);
  const double correction2 = 1.0 - std::pow(beta2, t);
  AdamScalars s{};
  s.scale = step.gradient_scale;
  s.one_minus_beta1 = static_cast<float>(1.0 - beta1);
  s.beta2 = step.beta2;
  s.one_minus_beta2 = static_cast<float>(1.0 - beta2);
  s.step_size = static_cast<float>(static_cast<double>(step.learning_rate) / correction1);
  s.root_correction = static_cast<float>(1.0 / std::sqrt(correction2));
  s.epsilon = step.epsilon;
  s.decay = step.learning_rate * step.weight_decay;
  PAVLOV_DISPATCH(AdamUpdate)({value.data(), gradient.data(), m.data(), v.data(), size}, s);
}

void rmsprop_update(const RmsPropStep& step, std::span<float> value, std::span<float> gradient,
                    std::span<float> v) {
  const std::size_t size = value.size();
  if (gradient.size() != size || v.size() != size) {
    throw_argument("update", "rmsprop: value " + std::to_string(size) + ", gradient " +
                                 std::to_string(gradient.size()) + ", v " +
                                 std::to_string(v.size()) + " elements: must be equal");
  }
  require(step.epsilon > 0.0f, "update", "rmsprop: epsilon", step.epsilon, "positive");
  require(step.decay >= 0.0f && step.decay < 1.0f, "update", "rmsprop: decay", step.decay,
          "in [0, 1)");
  PAVLOV_DISPATCH(RmsPropUpdate)
  ({value.data(), gradient.data(), v.data(), size},
   {.scale = step.gradient_scale,
    .decay = step.decay,
    .one_minus_decay = static_cast<float>(1.0 - static_cast<double>(step.decay)),
    .learning_rate = step.learning_rate,
    .epsilon = step.epsilon,
    .inside_root = step.placement == EpsilonPlacement::inside_root});
}

void sgd_update(const SgdStep& step, std::span<float> value, std::span<float> gradient,
                std::span<float> velocity) {
  const std::size_t size = value.size();
  require(step.momentum >= 0.0f && step.momentum < 1.0f, "update", "sgd: momentum", step.momentum,
          "in [0, 1)");
  const bool spared = velocity.empty() && step.momentum == 0.0f;
  if (gradient.size() != size || (velocity.size() != size && !spared)) {
    throw_argument("update", "sgd: value " + std::to_string(size) + ", gradient " +
                                 std::to_string(gradient.size()) + ", velocity " +
                                 std::to_string(velocity.size()) +
                                 " elements: must be equal (no velocity only without momentum)");
  }
  PAVLOV_DISPATCH(SgdUpdate)
  ({value.data(), gradient.data(), spared ? nullptr : velocity.data(), size},
   {.scale = step.gradient_scale,
    .momentum = step.momentum,
    .learning_rate = step.learning_rate,
    .nesterov = step.nesterov});
}

void polyak_update(std::span<float> target, std::span<const float> online, float tau) {
  if (target.size() != online.size()) {
    throw_argument("update", "polyak: target " + std::to_string(target.size()) + ", online " +
                                 std::to_string(online.size()) + " elements: must be equal");
  }
  if (!(tau >= 0.0f && tau <= 1.0f)) {
    throw_argument("update", "polyak: tau " + std::to_string(tau) + ": must be in [0, 1]");
  }
  if (tau == 1.0f) {  // target + (online - target) would round
    std::copy(online.begin(), online.end(), target.begin());
    return;
  }
  PAVLOV_DISPATCH(PolyakUpdate)(target.data(), online.data(), target.size(), tau);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
