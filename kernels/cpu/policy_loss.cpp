#include "pavlov/kernels/policy_loss.h"

#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/policy_loss.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/exp-inl.h"
#include "pavlov/kernels/cpu/row-inl.h"

#ifndef PAVLOV_KERNELS_CPU_POLICY_LOSS_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_POLICY_LOSS_ARGUMENTS

namespace pavlov::kernels {
namespace {

// Three columns of B numbers in, one out. `next` and `old` are log-probabilities or values,
// `target` is the advantage or the return.
struct ClippedSamples {
  const float* next;
  const float* old;
  const float* target;
  float* gradient;
  std::size_t size;
  float clip;
  float scale;  // of the gradient
};

struct PolicySums {
  double loss = 0.0, divergence = 0.0, clipped = 0.0;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Lanes beyond the batch are zeros: they add 0 to every sum.
void PolicyLossSums(const ClippedSamples& s, PolicySums& sums) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> dd;
  const auto one = hn::Set(d, 1.0f), clip = hn::Set(d, s.clip);
  const auto lowest = hn::Sub(one, clip), highest = hn::Add(one, clip);
  auto loss = hn::Zero(dd), divergence = loss, clipped = loss;
  for (std::size_t i = 0; i < s.size; i += hn::Lanes(d)) {
    const auto log_ratio =
        hn::Sub(load_in_row(d, s.next, i, s.size, 0.0f), load_in_row(d, s.old, i, s.size, 0.0f));
    const auto exp = exp_ratio(d, log_ratio);
    const auto minus_advantage = hn::Neg(load_in_row(d, s.target, i, s.size, 0.0f));
    const auto free_term = hn::Mul(minus_advantage, exp.ratio);
    const auto bounded = hn::Min(hn::Max(exp.ratio, lowest), highest);
    const auto clipped_term = hn::Mul(minus_advantage, bounded);
    const auto is_clipped = hn::Lt(free_term, clipped_term);  // false where one is NaN
    const auto gradient = hn::IfThenZeroElse(is_clipped, free_term);
    store_in_row(hn::Mul(gradient, hn::Set(d, s.scale)), d, s.gradient, i, s.size);
    loss = add_lanes(dd, hn::IfThenElse(is_clipped, clipped_term, free_term), loss);
    divergence = add_lanes(dd, exp.excess, divergence);
    const auto outside = hn::Gt(hn::Abs(hn::Sub(exp.ratio, one)), clip);
    clipped = add_lanes(dd, hn::IfThenElseZero(outside, one), clipped);
  }
  sums.loss = hn::GetLane(hn::SumOfLanes(dd, loss));
  sums.divergence = hn::GetLane(hn::SumOfLanes(dd, divergence));
  sums.clipped = hn::GetLane(hn::SumOfLanes(dd, clipped));
}

double ClippedValueSum(const ClippedSamples& s) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> dd;
  const auto clip = hn::Set(d, s.clip);
  auto loss = hn::Zero(dd);
  for (std::size_t i = 0; i < s.size; i += hn::Lanes(d)) {
    const auto old = load_in_row(d, s.old, i, s.size, 0.0f);
    const auto given = load_in_row(d, s.next, i, s.size, 0.0f);
    const auto value = hn::IfThenElse(hn::Eq(old, old), given, old);  // as NaN as either
    const auto target = load_in_row(d, s.target, i, s.size, 0.0f);
    const auto free_error = hn::Sub(value, target);
    const auto change = hn::Min(hn::Max(hn::Sub(value, old), hn::Neg(clip)), clip);
    const auto clipped_error = hn::Sub(hn::Add(old, change), target);
    const auto free_term = hn::Mul(free_error, free_error);
    const auto clipped_term = hn::Mul(clipped_error, clipped_error);
    // where the change is within bounds, old + change is the value but for its rounding
    const auto beyond = hn::Gt(hn::Abs(hn::Sub(value, old)), clip);
    const auto is_clipped = hn::And(beyond, hn::Lt(free_term, clipped_term));
    const auto gradient = hn::IfThenZeroElse(is_clipped, hn::Add(free_error, free_error));
    store_in_row(hn::Mul(gradient, hn::Set(d, s.scale)), d, s.gradient, i, s.size);
    loss = add_lanes(dd, hn::IfThenElse(is_clipped, clipped_term, free_term), loss);
  }
  return hn::GetLane(hn::SumOfLanes(dd, loss));
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

HWY_EXPORT(PolicyLossSums);
HWY_EXPORT(ClippedValueSum);

namespace {

struct Column {
  const char* name;
  std::span<const float> values;
};

ClippedSamples checked(const Column& next, const Column& old, const Column& target, float clip,
                       std::span<float> gradient) {
  const std::size_t size = next.values.size();
  const auto text = [](const Column& c) {
    return std::string(c.name) + " " + std::to_string(c.values.size()) + ", ";
  };
  if (old.values.size() != size || target.values.size() != size || gradient.size() != size) {
    throw_argument("policy_loss", text(next) + text(old) + text(target) + "gradient " +
                                      std::to_string(gradient.size()) + " elements: must be equal");
  }
  if (size == 0) throw_argument("policy_loss", "batch of 0 samples: must have at least one");
  require(clip > 0.0f, "policy_loss", "clip", clip, "positive");
  return {next.values.data(),
          old.values.data(),
          target.values.data(),
          gradient.data(),
          size,
          clip,
          static_cast<float>(1.0 / static_cast<double>(size))};
}

}  // namespace

PolicyLoss ppo_policy_loss(std::span<const float> log_prob, std::span<const float> old_log_prob,
                           std::span<const float> advantage, float clip,
                           std::span<float> gradient) {
  const ClippedSamples samples = checked({"log_prob", log_prob}, {"old_log_prob", old_log_prob},
                                         {"advantage", advantage}, clip, gradient);
  PolicySums sums;
  PAVLOV_DISPATCH(PolicyLossSums)(samples, sums);
  const auto size = static_cast<double>(samples.size);
  return {static_cast<float>(sums.loss / size), static_cast<float>(sums.divergence / size),
          static_cast<float>(sums.clipped / size)};
}

float clipped_value_loss(std::span<const float> value, std::span<const float> old_value,
                         std::span<const float> target, float clip, std::span<float> gradient) {
  const ClippedSamples samples =
      checked({"value", value}, {"old_value", old_value}, {"target", target}, clip, gradient);
  const double sum = PAVLOV_DISPATCH(ClippedValueSum)(samples);
  return static_cast<float>(sum / static_cast<double>(samples.size));
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
