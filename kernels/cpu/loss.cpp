#include "pavlov/kernels/loss.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/loss.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#ifndef PAVLOV_KERNELS_CPU_LOSS_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_LOSS_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct Samples {
  const float* prediction;
  const float* target;
  const float* weight;  // null: all 1
  float* gradient;
  float* sample_loss;  // null: not wanted
  std::size_t size;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// huber(delta) = c (delta - c/2) and its derivative c = clamp(delta, -kappa, kappa).
struct Huber {
  float kappa;
  template <class D, class V>
  HWY_INLINE V derivative(D d, V delta) const {
    const V clamped = hn::Min(hn::Max(delta, hn::Set(d, -kappa)), hn::Set(d, kappa));
    return hn::IfThenElse(hn::Eq(delta, delta), clamped, delta);  // NaN stays NaN
  }
  template <class D, class V>
  HWY_INLINE V value(D d, V delta, V c) const {
    return hn::Mul(c, hn::NegMulAdd(hn::Set(d, 0.5f), c, delta));
  }
};

// delta^2 and its derivative.
struct Square {
  template <class D, class V>
  HWY_INLINE V derivative(D, V delta) const {
    return hn::Add(delta, delta);
  }
  template <class D, class V>
  HWY_INLINE V value(D, V delta, V) const {
    return hn::Mul(delta, delta);
  }
};

// One vector of samples: stores the gradients, returns the losses in double.
template <class Loss, class DD, class D>
HWY_INLINE hn::Vec<DD> loss_vector(const Loss& loss, DD dd, D d, const Samples& s, std::size_t i,
                                   float scale) {
  const auto delta = hn::Sub(hn::LoadU(d, s.prediction + i), hn::LoadU(d, s.target + i));
  const auto derivative = loss.derivative(d, delta);
  const auto value = loss.value(d, delta, derivative);
  if (s.sample_loss != nullptr) hn::StoreU(value, d, s.sample_loss + i);
  const auto weight = s.weight == nullptr ? hn::Set(d, 1.0f) : hn::LoadU(d, s.weight + i);
  hn::StoreU(hn::Mul(hn::Mul(weight, derivative), hn::Set(d, scale)), d, s.gradient + i);
  return hn::PromoteTo(dd, hn::Mul(weight, value));
}

// Sum of the weighted losses; gradients come out times `scale`.
template <class Loss>
HWY_INLINE double sum_of_losses(const Loss& loss, const Samples& s, float scale) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> d;
  const hn::CappedTag<double, 1> dd1;
  const hn::CappedTag<float, 1> d1;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(dd);
  std::size_t i = 0;
  for (; i + lanes <= s.size; i += lanes) {
    sum = hn::Add(sum, loss_vector(loss, dd, d, s, i, scale));
  }
  auto rest = hn::Zero(dd1);
  for (; i < s.size; ++i) rest = hn::Add(rest, loss_vector(loss, dd1, d1, s, i, scale));
  return hn::GetLane(hn::SumOfLanes(dd, sum)) + hn::GetLane(rest);
}

double HuberSum(const Samples& samples, float kappa, float scale) {
  return sum_of_losses(Huber{kappa}, samples, scale);
}

double SquareSum(const Samples& samples, float scale) {
  return sum_of_losses(Square{}, samples, scale);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(HuberSum);
HWY_EXPORT(SquareSum);

namespace {

Samples checked(std::span<const float> prediction, std::span<const float> target,
                std::span<const float> weight, std::span<float> gradient,
                std::span<float> sample_loss) {
  const std::size_t size = prediction.size();
  if (target.size() != size || gradient.size() != size ||
      (!weight.empty() && weight.size() != size) ||
      (!sample_loss.empty() && sample_loss.size() != size)) {
    throw_argument("loss", "prediction " + std::to_string(size) + ", target " +
                               std::to_string(target.size()) + ", weight " +
                               std::to_string(weight.size()) + ", gradient " +
                               std::to_string(gradient.size()) + ", sample_loss " +
                               std::to_string(sample_loss.size()) +
                               " elements: must be equal (weight and sample_loss may be empty)");
  }
  if (size == 0) throw_argument("loss", "batch of 0 samples: must have at least one");
  return {prediction.data(),
          target.data(),
          weight.empty() ? nullptr : weight.data(),
          gradient.data(),
          sample_loss.empty() ? nullptr : sample_loss.data(),
          size};
}

}  // namespace

float huber_loss(std::span<const float> prediction, std::span<const float> target,
                 std::span<const float> weight, float kappa, std::span<float> gradient,
                 std::span<float> sample_loss) {
  const auto samples = checked(prediction, target, weight, gradient, sample_loss);
  if (!(kappa > 0.0f)) {
    throw_argument("loss", "kappa " + std::to_string(kappa) + ": must be positive");
  }
  const auto size = static_cast<double>(samples.size);
  const double sum = PAVLOV_DISPATCH(HuberSum)(samples, kappa, static_cast<float>(1.0 / size));
  return static_cast<float>(sum / size);
}

float mse_loss(std::span<const float> prediction, std::span<const float> target,
               std::span<const float> weight, std::span<float> gradient,
               std::span<float> sample_loss) {
  const auto samples = checked(prediction, target, weight, gradient, sample_loss);
  const auto size = static_cast<double>(samples.size);
  const double sum = PAVLOV_DISPATCH(SquareSum)(samples, static_cast<float>(1.0 / size));
  return static_cast<float>(sum / size);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
