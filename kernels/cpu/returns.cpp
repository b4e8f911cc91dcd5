#include "pavlov/kernels/returns.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/returns.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#ifndef PAVLOV_KERNELS_CPU_RETURNS_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_RETURNS_ARGUMENTS

namespace pavlov::kernels {
namespace {

template <class T>
struct Rows {
  T* data;
  std::size_t stride;
};

struct RolloutRows {
  Rows<const float> reward;
  Rows<const std::uint8_t> terminated, truncated;
  Rows<const float> final_value;
  const float* next_value;
  std::size_t steps, environments;
};

struct ReturnRows {
  double discount;
  Rows<float> returns;
};

struct AdvantageRows {
  double discount, decay;  // decay = discount * lambda
  Rows<const float> value;
  Rows<float> advantage, returns;  // returns may be null
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE T* at(const Rows<T>& rows, std::size_t t, std::size_t n) {
  return rows.data + t * rows.stride + n;
}

template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const float* p) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), p));
}

template <class D>
HWY_INLINE void store_floats(hn::Vec<D> v, D d, float* p) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  // their DemoteTo makes infinity the largest number
  HWY_ALIGN double lane[hn::MaxLanes(D())];
  hn::Store(v, d, lane);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) p[i] = static_cast<float>(lane[i]);
#else
  const hn::Rebind<float, D> df;
  hn::StoreU(hn::DemoteTo(df, v), df, p);
#endif
}

template <class D>
HWY_INLINE hn::Mask<D> load_flags(D d, const std::uint8_t* p) {
  const hn::Rebind<std::int32_t, D> d32;
  const hn::Rebind<std::int64_t, D> d64;
  const auto flags = hn::LoadU(hn::Rebind<std::uint8_t, D>(), p);
  const auto wide = hn::PromoteTo(d64, hn::PromoteTo(d32, flags));
  return hn::RebindMask(d, hn::Gt(wide, hn::Zero(d64)));
}

// What the rest of the episode is worth at the end of step t; `ahead` where it goes on.
template <class D>
HWY_INLINE hn::Vec<D> worth(D d, const RolloutRows& r, std::size_t t, std::size_t n,
                            hn::Mask<D> terminated, hn::Mask<D> truncated, hn::Vec<D> ahead) {
  const auto final_value = load_floats(d, at(r.final_value, t, n));
  return hn::IfThenZeroElse(terminated, hn::IfThenElse(truncated, final_value, ahead));
}

// Step t of the environments from n on, one per lane. `carry`: in, what step t + 1 left; out, what
// step t - 1 needs.
template <class D>
HWY_INLINE void backward_step(D d, const RolloutRows& r, const ReturnRows& out, std::size_t t,
                              std::size_t n, double* carry) {
  const auto terminated = load_flags(d, at(r.terminated, t, n));
  const auto truncated = load_flags(d, at(r.truncated, t, n));
  const auto ahead = t + 1 < r.steps ? hn::LoadU(d, carry) : load_floats(d, r.next_value + n);
  const auto rest = worth(d, r, t, n, terminated, truncated, ahead);
  const auto reward = load_floats(d, at(r.reward, t, n));
  const auto result = hn::MulAdd(hn::Set(d, out.discount), rest, reward);
  hn::StoreU(result, d, carry);
  store_floats(result, d, at(out.returns, t, n));
}

template <class D>
HWY_INLINE void backward_step(D d, const RolloutRows& r, const AdvantageRows& out, std::size_t t,
                              std::size_t n, double* carry) {
  const auto terminated = load_flags(d, at(r.terminated, t, n));
  const auto truncated = load_flags(d, at(r.truncated, t, n));
  const auto ahead = load_floats(d, t + 1 < r.steps ? at(out.value, t + 1, n) : r.next_value + n);
  const auto rest = worth(d, r, t, n, terminated, truncated, ahead);
  const auto value = load_floats(d, at(out.value, t, n));
  const auto gain = hn::Sub(load_floats(d, at(r.reward, t, n)), value);
  const auto delta = hn::MulAdd(hn::Set(d, out.discount), rest, gain);
  // selected, not multiplied by a flag: NaN and infinity stop at the end of an episode too
  const auto later = hn::IfThenZeroElse(hn::Or(terminated, truncated), hn::LoadU(d, carry));
  const auto advantage = hn::MulAdd(hn::Set(d, out.decay), later, delta);
  hn::StoreU(advantage, d, carry);
  store_floats(advantage, d, at(out.advantage, t, n));
  if (out.returns.data != nullptr) {
    store_floats(hn::Add(advantage, value), d, at(out.returns, t, n));
  }
}

// Blocks of environments whose carries stay in the first-level cache; whole rows of a block at a
// time, so that memory is read in order.
template <class Out>
HWY_INLINE void backward(const RolloutRows& r, const Out& out) {
  constexpr std::size_t kBlock = 64;
  const hn::ScalableTag<double> d;
  const hn::CappedTag<double, 2> d2;
  const hn::CappedTag<double, 1> d1;
  HWY_ALIGN double carry[kBlock];
  for (std::size_t first = 0; first < r.environments; first += kBlock) {
    const std::size_t end = HWY_MIN(first + kBlock, r.environments);
    for (double& c : carry) c = 0.0;
    for (std::size_t t = r.steps; t-- > 0;) {
      std::size_t n = first;
      for (; n + hn::Lanes(d) <= end; n += hn::Lanes(d)) {
        backward_step(d, r, out, t, n, carry + (n - first));
      }
      for (; n + hn::Lanes(d2) <= end; n += hn::Lanes(d2)) {
        backward_step(d2, r, out, t, n, carry + (n - first));
      }
      for (; n < end; ++n) backward_step(d1, r, out, t, n, carry + (n - first));
    }
  }
}

void DiscountedReturns(const RolloutRows& rollout, const ReturnRows& out) {
  backward(rollout, out);
}

void GeneralizedAdvantages(const RolloutRows& rollout, const AdvantageRows& out) {
  backward(rollout, out);
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

HWY_EXPORT(DiscountedReturns);
HWY_EXPORT(GeneralizedAdvantages);

namespace {

template <class T>
Rows<T> checked(const char* name, BasicMatrixView<T> m, const Rollout& rollout) {
  if (m.rows != rollout.reward.rows || m.cols != rollout.reward.cols) {
    throw_argument("returns", std::string(name) + " (" + std::to_string(m.rows) + "," +
                                  std::to_string(m.cols) + "): must have the shape of reward, (" +
                                  std::to_string(rollout.reward.rows) + "," +
                                  std::to_string(rollout.reward.cols) + ")");
  }
  return {m.data, m.stride};
}

RolloutRows checked(const Rollout& r) {
  if (r.next_value.size() != r.reward.cols) {
    throw_argument("returns", "next_value has " + std::to_string(r.next_value.size()) +
                                  " elements: must have " + std::to_string(r.reward.cols) +
                                  ", one per environment");
  }
  return {{r.reward.data, r.reward.stride},
          checked("terminated", r.terminated, r),
          checked("truncated", r.truncated, r),
          checked("final_value", r.final_value, r),
          r.next_value.data(),
          r.reward.rows,
          r.reward.cols};
}

void require_share(const char* name, double value) {
  require(value >= 0.0 && value <= 1.0, "returns", name, value, "in [0, 1]");
}

}  // namespace

void discounted_returns(const Rollout& rollout, double discount, MatrixView returns) {
  require_share("discount", discount);
  PAVLOV_DISPATCH(DiscountedReturns)
  (checked(rollout), {discount, checked("returns", returns, rollout)});
}

void generalized_advantages(const Rollout& rollout, ConstMatrixView value, double discount,
                            double lambda, MatrixView advantage, MatrixView returns) {
  require_share("discount", discount);
  require_share("lambda", lambda);
  AdvantageRows out{discount,
                    discount * lambda,
                    checked("value", value, rollout),
                    checked("advantage", advantage, rollout),
                    {nullptr, 0}};
  if (!returns.empty()) out.returns = checked("returns", returns, rollout);
  PAVLOV_DISPATCH(GeneralizedAdvantages)(checked(rollout), out);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
