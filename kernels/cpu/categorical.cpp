#include "pavlov/kernels/categorical.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/categorical.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/softmax-inl.h"

#ifndef PAVLOV_KERNELS_CPU_CATEGORICAL_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_CATEGORICAL_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct CategoricalForward {
  ConstMatrixView logits;
  const std::int32_t* action;
  MatrixView log_p;
  float* log_prob;
  float* entropy;
};

struct CategoricalBackward {
  ConstMatrixView log_p;
  const std::int32_t* action;
  const float* entropy;
  const float* d_log_prob;
  const float* d_entropy;
  MatrixView dlogits;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Only the fields of a view are used here: its member functions are shared with other sources and
// must not be compiled for this target.

using Integers = hn::RebindToSigned<Floats>;

// Lanes of column c in rows that took action c.
HWY_INLINE hn::Mask<Floats> taken(hn::Vec<Integers> action, std::size_t c) {
  const auto column = hn::Set(Integers(), static_cast<std::int32_t>(c));
  return hn::RebindMask(Floats(), hn::Eq(action, column));
}

// One draw per lane. The weights of column c lie in slice c.
HWY_INLINE hn::Vec<Integers> draw(const ColumnSlices& s, const float* weights, FloatVector u) {
  const Floats d;
  auto total = hn::Zero(d);
  for (std::size_t c = 0; c < s.whole; ++c) total = hn::Add(total, s.load(weights, c));
  const auto threshold = hn::Mul(u, total);
  auto action = hn::Zero(Integers());
  auto before = hn::Zero(d);
  for (std::size_t c = 0; c < s.whole; ++c) {
    const auto w = s.load(weights, c);
    const auto open = hn::And(hn::Le(before, threshold), hn::Gt(w, hn::Zero(d)));
    action = hn::IfThenElse(hn::RebindMask(Integers(), open),
                            hn::Set(Integers(), static_cast<std::int32_t>(c)), action);
    before = hn::Add(before, w);
  }
  return action;
}

// Calls visit(c, w) with the weights of a long row in ascending order until it gives false. The
// weights are e^(x - top), or x itself.
template <bool kLogits, class Visit>
HWY_INLINE void visit_weights(const float* x, std::size_t cols, FloatVector top,
                              const Visit& visit) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  alignas(64) float w[hn::MaxLanes(Floats())];
  for (std::size_t c = 0; c < cols; c += lanes) {
    const std::size_t count = cols - c < lanes ? cols - c : lanes;
    const auto v = load_rows(d, x + c, count);
    hn::Store(kLogits ? exp_of_negative(d, hn::Sub(v, top)) : v, d, w);
    for (std::size_t i = 0; i < count; ++i) {
      if (!visit(c + i, w[i])) return;
    }
  }
}

template <bool kLogits>
HWY_INLINE std::int32_t draw_from_long_row(const float* x, std::size_t cols, float u) {
  const auto top = kLogits ? largest(RowSlices(cols), x) : hn::Zero(Floats());
  float total = 0.0f;
  visit_weights<kLogits>(x, cols, top, [&](std::size_t, float w) HWY_ATTR {
    total += w;
    return true;
  });
  const float threshold = u * total;
  float before = 0.0f;
  std::int32_t action = 0;
  visit_weights<kLogits>(x, cols, top, [&](std::size_t c, float w) HWY_ATTR {
    if (!(before <= threshold)) return false;
    if (w > 0.0f) action = static_cast<std::int32_t>(c);
    before += w;
    return true;
  });
  return action;
}

template <bool kLogits>
HWY_INLINE void sample(const ConstMatrixView& x, const float* uniform, std::int32_t* action) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  if (x.cols > kFewColumns) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      action[r] = draw_from_long_row<kLogits>(x.data + r * x.stride, x.cols, uniform[r]);
    }
    return;
  }
  const ColumnSlices s(x.cols);
  ColumnBuffer w;
  for (std::size_t r = 0; r < x.rows; r += lanes) {
    const std::size_t count = x.rows - r < lanes ? x.rows - r : lanes;
    load_columns(d, x.data + r * x.stride, x.stride, x.cols, count, w.data);
    if (kLogits) exponentials(s, w.data, w.data);
    store_rows(draw(s, w.data, load_rows(d, uniform + r, count)), Integers(), action + r, count);
  }
}

void Sample(const ConstMatrixView& logits, const float* uniform, std::int32_t* action) {
  sample<true>(logits, uniform, action);
}
void SampleWeights(const ConstMatrixView& weights, const float* uniform, std::int32_t* action) {
  sample<false>(weights, uniform, action);
}

// -p log p, 0 where p is
HWY_INLINE FloatVector surprise(FloatVector log_p) {
  const auto p = exp_of_negative(Floats(), log_p);
  return hn::IfThenZeroElse(hn::Eq(p, hn::Zero(Floats())), hn::Neg(hn::Mul(p, log_p)));
}

void Forward(const CategoricalForward& a) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), cols = a.logits.cols;
  const auto surprises = [](FloatVector v) HWY_ATTR { return surprise(v); };
  if (cols > kFewColumns) {
    const RowSlices s(cols);
    for (std::size_t r = 0; r < a.logits.rows; ++r) {
      float* log_p = a.log_p.data + r * a.log_p.stride;
      LogSoftmax{}(s, a.logits.data + r * a.logits.stride, log_p);
      a.log_prob[r] = log_p[a.action[r]];
      a.entropy[r] = hn::GetLane(sum_slices(s, surprises, log_p));
    }
    return;
  }
  const ColumnSlices s(cols);
  ColumnBuffer log_p;
  for (std::size_t r = 0; r < a.logits.rows; r += lanes) {
    const std::size_t count = a.logits.rows - r < lanes ? a.logits.rows - r : lanes;
    load_columns(d, a.logits.data + r * a.logits.stride, a.logits.stride, cols, count, log_p.data);
    LogSoftmax{}(s, log_p.data, log_p.data);
    const auto action = load_rows(Integers(), a.action + r, count);
    auto at_action = hn::Zero(d);
    for (std::size_t c = 0; c < cols; ++c) {
      at_action = hn::IfThenElse(taken(action, c), s.load(log_p.data, c), at_action);
    }
    store_rows(at_action, d, a.log_prob + r, count);
    store_rows(sum_slices(s, surprises, log_p.data), d, a.entropy + r, count);
    store_columns(d, log_p.data, cols, a.log_p.data + r * a.log_p.stride, a.log_p.stride, count);
  }
}

// -d_log_prob p - d_entropy p (log_p + entropy): the gradient but for the action taken.
struct EntropyGradient {
  FloatVector entropy, d_log_prob, d_entropy;
  HWY_INLINE FloatVector operator()(FloatVector log_p) const {
    const Floats d;
    const auto p = exp_of_negative(d, log_p);
    const auto slope = hn::MulAdd(d_entropy, hn::Add(log_p, entropy), d_log_prob);
    return hn::IfThenZeroElse(hn::Eq(p, hn::Zero(d)), hn::Neg(hn::Mul(p, slope)));
  }
};

void Backward(const CategoricalBackward& a) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), cols = a.log_p.cols;
  if (cols > kFewColumns) {
    const RowSlices s(cols);
    for (std::size_t r = 0; r < a.log_p.rows; ++r) {
      float* dlogits = a.dlogits.data + r * a.dlogits.stride;
      const EntropyGradient gradient{hn::Set(d, a.entropy[r]), hn::Set(d, a.d_log_prob[r]),
                                     hn::Set(d, a.d_entropy[r])};
      map_slices(
          s, [&](FloatVector v) HWY_ATTR { return gradient(v); }, dlogits,
          a.log_p.data + r * a.log_p.stride);
      dlogits[a.action[r]] += a.d_log_prob[r];
    }
    return;
  }
  const ColumnSlices s(cols);
  ColumnBuffer columns;
  for (std::size_t r = 0; r < a.log_p.rows; r += lanes) {
    const std::size_t count = a.log_p.rows - r < lanes ? a.log_p.rows - r : lanes;
    load_columns(d, a.log_p.data + r * a.log_p.stride, a.log_p.stride, cols, count, columns.data);
    const auto action = load_rows(Integers(), a.action + r, count);
    const EntropyGradient gradient{load_rows(d, a.entropy + r, count),
                                   load_rows(d, a.d_log_prob + r, count),
                                   load_rows(d, a.d_entropy + r, count)};
    for (std::size_t c = 0; c < cols; ++c) {
      const auto at_action = hn::IfThenElseZero(taken(action, c), gradient.d_log_prob);
      s.store(hn::Add(gradient(s.load(columns.data, c)), at_action), columns.data, c);
    }
    store_columns(d, columns.data, cols, a.dlogits.data + r * a.dlogits.stride, a.dlogits.stride,
                  count);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(Sample);
HWY_EXPORT(SampleWeights);
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

namespace {

void check_columns(const ConstMatrixView& x) {
  if (x.cols == 0 && x.rows != 0) {
    throw_argument("categorical", "0 actions: must have at least one");
  }
}

void check_shape(const char* name, const ConstMatrixView& view, const ConstMatrixView& wanted) {
  if (view.rows == wanted.rows && view.cols == wanted.cols) return;
  throw_argument("categorical", std::string(name) + " (" + std::to_string(view.rows) + "," +
                                    std::to_string(view.cols) + "): must be (" +
                                    std::to_string(wanted.rows) + "," +
                                    std::to_string(wanted.cols) + ")");
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("categorical", std::string(name) + " has " + std::to_string(size) +
                                    " elements: must have " + std::to_string(wanted));
}

void check_actions(std::span<const std::int32_t> action, const ConstMatrixView& x) {
  check_size("action", action.size(), x.rows);
  if (all_in_range(action, static_cast<std::int32_t>(x.cols))) return;
  throw_argument("categorical", "an action is outside [0, " + std::to_string(x.cols) + ")");
}

}  // namespace

void categorical_sample(ConstMatrixView logits, std::span<const float> uniform,
                        std::span<std::int32_t> action) {
  check_columns(logits);
  check_size("uniform", uniform.size(), logits.rows);
  check_size("action", action.size(), logits.rows);
  PAVLOV_DISPATCH(Sample)(logits, uniform.data(), action.data());
}

void categorical_sample_weights(ConstMatrixView weights, std::span<const float> uniform,
                                std::span<std::int32_t> action) {
  check_columns(weights);
  check_size("uniform", uniform.size(), weights.rows);
  check_size("action", action.size(), weights.rows);
  PAVLOV_DISPATCH(SampleWeights)(weights, uniform.data(), action.data());
}

void categorical_forward(ConstMatrixView logits, std::span<const std::int32_t> action,
                         MatrixView log_p, std::span<float> log_prob, std::span<float> entropy) {
  check_columns(logits);
  check_actions(action, logits);
  check_shape("log_p", log_p, logits);
  check_size("log_prob", log_prob.size(), logits.rows);
  check_size("entropy", entropy.size(), logits.rows);
  PAVLOV_DISPATCH(Forward)({logits, action.data(), log_p, log_prob.data(), entropy.data()});
}

void categorical_backward(ConstMatrixView log_p, std::span<const std::int32_t> action,
                          std::span<const float> entropy, std::span<const float> d_log_prob,
                          std::span<const float> d_entropy, MatrixView dlogits) {
  check_columns(log_p);
  check_actions(action, log_p);
  check_size("entropy", entropy.size(), log_p.rows);
  check_size("d_log_prob", d_log_prob.size(), log_p.rows);
  check_size("d_entropy", d_entropy.size(), log_p.rows);
  check_shape("dlogits", dlogits, log_p);
  PAVLOV_DISPATCH(Backward)
  ({log_p, action.data(), entropy.data(), d_log_prob.data(), d_entropy.data(), dlogits});
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
