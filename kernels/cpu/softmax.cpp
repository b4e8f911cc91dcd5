#include "pavlov/kernels/softmax.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/softmax.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/slices-inl.h"
#include "pavlov/kernels/cpu/softmax-inl.h"

#ifndef PAVLOV_KERNELS_CPU_SOFTMAX_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_SOFTMAX_ARGUMENTS

namespace pavlov::kernels {
namespace {

// The arguments of a cross-entropy, one of `column` and `target` set.
struct CrossEntropy {
  ConstMatrixView logits;
  const std::int32_t* column;
  ConstMatrixView target;
  const float* weight;  // null: all 1
  MatrixView gradient;
  float* losses;  // null: not wanted
  float scale;    // 1 / B
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

// One number per row, for as many rows as a vector has lanes.
struct RowNumbers {
  alignas(64) float of[hn::MaxLanes(Floats())] = {};
};

struct Softmax {
  template <class Slices>
  HWY_INLINE void operator()(const Slices& s, const float* x, float* y) const {
    const auto p = exponentials(s, x, y);
    const auto factor = hn::Div(hn::Set(Floats(), 1.0f), p.sum);
    map_slices(
        s, [&](FloatVector e) HWY_ATTR { return hn::Mul(e, factor); }, y, y);
  }
};

// Gradients: the sum along the row of term(), then dx = value(sum, y, dy).
struct SoftmaxGradient {
  HWY_INLINE FloatVector term(FloatVector p, FloatVector g) const { return hn::Mul(p, g); }
  HWY_INLINE FloatVector value(FloatVector mean, FloatVector p, FloatVector g) const {
    return hn::Mul(p, hn::Sub(g, mean));
  }
};

struct LogSoftmaxGradient {
  HWY_INLINE FloatVector term(FloatVector, FloatVector g) const { return g; }
  HWY_INLINE FloatVector value(FloatVector sum, FloatVector l, FloatVector g) const {
    return hn::NegMulAdd(exp_of_negative(Floats(), l), sum, g);
  }
};

template <class Gradient, class Slices>
HWY_INLINE void gradient_of_row(const Gradient& op, const Slices& s, const float* y,
                                const float* dy, float* dx) {
  const auto sum = sum_slices(
      s, [&](FloatVector p, FloatVector g) HWY_ATTR { return op.term(p, g); }, y, dy);
  map_slices(
      s, [&](FloatVector p, FloatVector g) HWY_ATTR { return op.value(sum, p, g); }, dx, y, dy);
}

// Rows of x through `op` to rows of y; x and y have the same shape.
template <class Op>
HWY_INLINE void over_rows(const Op& op, const ConstMatrixView& x, const MatrixView& y) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  if (x.cols > kFewColumns) {
    const RowSlices s(x.cols);
    for (std::size_t r = 0; r < x.rows; ++r) op(s, x.data + r * x.stride, y.data + r * y.stride);
    return;
  }
  const ColumnSlices s(x.cols);
  ColumnBuffer columns;
  for (std::size_t r = 0; r < x.rows; r += lanes) {
    const std::size_t count = x.rows - r < lanes ? x.rows - r : lanes;
    load_columns(d, x.data + r * x.stride, x.stride, x.cols, count, columns.data);
    op(s, columns.data, columns.data);
    store_columns(d, columns.data, y.cols, y.data + r * y.stride, y.stride, count);
  }
}

#if HWY_TARGET != HWY_SCALAR
// The sums of all lanes of four vectors at once, which takes half the shuffles: lane i of every
// block of four lanes receives that of vector i.
HWY_INLINE FloatVector sums_of_four(const FloatVector* v) {
  const Floats d;
  const hn::RepartitionToWide<Floats> pairs;
  const auto a = hn::Add(hn::InterleaveLower(d, v[0], v[1]), hn::InterleaveUpper(d, v[0], v[1]));
  const auto b = hn::Add(hn::InterleaveLower(d, v[2], v[3]), hn::InterleaveUpper(d, v[2], v[3]));
  const auto a2 = hn::BitCast(pairs, a), b2 = hn::BitCast(pairs, b);
  auto sum = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, a2, b2)),
                     hn::BitCast(d, hn::InterleaveUpper(pairs, a2, b2)));
  if constexpr (hn::MaxLanes(Floats()) >= 8) sum = hn::Add(sum, hn::SwapAdjacentBlocks(sum));
  if constexpr (hn::MaxLanes(Floats()) >= 16) sum = hn::Add(sum, hn::ReverseBlocks(d, sum));
  return sum;
}

// Rows of kVectors whole vectors, four rows in registers at a time.
template <std::size_t kVectors, class Gradient>
HWY_NOINLINE void gradients_in_registers(const Gradient& op, const ConstMatrixView& y,
                                         const ConstMatrixView& dy, const MatrixView& dx) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t first = 0; first < y.rows; first += 4) {
    const std::size_t count = y.rows - first < 4 ? y.rows - first : 4;
    FloatVector p[4][kVectors], g[4][kVectors], sum[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t r = first + (i < count ? i : 0);  // any row, where there is none
      for (std::size_t k = 0; k < kVectors; ++k) {
        p[i][k] = hn::LoadU(d, y.data + r * y.stride + k * lanes);
        g[i][k] = hn::LoadU(d, dy.data + r * dy.stride + k * lanes);
        const auto term = op.term(p[i][k], g[i][k]);
        sum[i] = k == 0 ? term : hn::Add(sum[i], term);
      }
    }
    const auto sums = sums_of_four(sum);
    sum[0] = hn::Broadcast<0>(sums);
    sum[1] = hn::Broadcast<1>(sums);
    sum[2] = hn::Broadcast<2>(sums);
    sum[3] = hn::Broadcast<3>(sums);
    for (std::size_t i = 0; i < 4; ++i) {
      if (i == count) return;
      for (std::size_t k = 0; k < kVectors; ++k) {
        hn::StoreU(op.value(sum[i], p[i][k], g[i][k]), d,
                   dx.data + (first + i) * dx.stride + k * lanes);
      }
    }
  }
}
#endif

template <class Gradient>
HWY_INLINE void over_rows(const Gradient& op, const ConstMatrixView& y, const ConstMatrixView& dy,
                          const MatrixView& dx) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
#if HWY_TARGET != HWY_SCALAR
  if (y.cols == lanes) return gradients_in_registers<1>(op, y, dy, dx);
  if (y.cols == 2 * lanes) return gradients_in_registers<2>(op, y, dy, dx);
#endif
  // with so little to compute, long rows and rows of whole vectors are faster as they lie
  if (y.cols > kFewColumns || y.cols > 32 || y.cols % lanes == 0) {
    const RowSlices s(y.cols);
    for (std::size_t r = 0; r < y.rows; ++r) {
      gradient_of_row(op, s, y.data + r * y.stride, dy.data + r * dy.stride,
                      dx.data + r * dx.stride);
    }
    return;
  }
  const ColumnSlices s(y.cols);
  ColumnBuffer columns, gradients;
  for (std::size_t r = 0; r < y.rows; r += lanes) {
    const std::size_t count = y.rows - r < lanes ? y.rows - r : lanes;
    load_columns(d, y.data + r * y.stride, y.stride, y.cols, count, columns.data);
    load_columns(d, dy.data + r * dy.stride, dy.stride, y.cols, count, gradients.data);
    gradient_of_row(op, s, columns.data, gradients.data, gradients.data);
    store_columns(d, gradients.data, y.cols, dx.data + r * dx.stride, dx.stride, count);
  }
}

// Long rows, the logarithms of as many rows as a vector has lanes at once.
void log_softmax_wide(const ConstMatrixView& x, const MatrixView& y) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const RowSlices s(x.cols);
  RowNumbers tops, sums;
  for (std::size_t first = 0; first < x.rows; first += lanes) {
    const std::size_t count = x.rows - first < lanes ? x.rows - first : lanes;
    for (std::size_t i = 0; i < count; ++i) {
      const auto p = partition(s, x.data + (first + i) * x.stride);
      tops.of[i] = hn::GetLane(p.largest);
      sums.of[i] = hn::GetLane(p.sum);
    }
    hn::Store(log_lanes(d, hn::Load(d, sums.of)), d, sums.of);
    for (std::size_t i = 0; i < count; ++i) {
      const auto top = hn::Set(d, tops.of[i]), log_sum = hn::Set(d, sums.of[i]);
      map_slices(
          s, [&](FloatVector v) HWY_ATTR { return hn::Sub(hn::Sub(v, top), log_sum); },
          y.data + (first + i) * y.stride, x.data + (first + i) * x.stride);
    }
  }
}

void SoftmaxForward(const ConstMatrixView& x, const MatrixView& y) { over_rows(Softmax{}, x, y); }
void LogSoftmaxForward(const ConstMatrixView& x, const MatrixView& y) {
  if (x.cols > kFewColumns) return log_softmax_wide(x, y);
  over_rows(LogSoftmax{}, x, y);
}
void SoftmaxBackward(const ConstMatrixView& y, const ConstMatrixView& dy, const MatrixView& dx) {
  over_rows(SoftmaxGradient{}, y, dy, dx);
}
void LogSoftmaxBackward(const ConstMatrixView& y, const ConstMatrixView& dy, const MatrixView& dx) {
  over_rows(LogSoftmaxGradient{}, y, dy, dx);
}

// Adds the weighted losses of `count` rows, one per lane from row r on, in ascending order.
HWY_INLINE double add_losses(const CrossEntropy& c, std::size_t r, std::size_t count,
                             const float* loss, double sum) {
  for (std::size_t i = 0; i < count; ++i) {
    if (c.losses != nullptr) c.losses[r + i] = loss[i];
    const float weight = c.weight == nullptr ? 1.0f : c.weight[r + i];
    sum += static_cast<double>(weight) * static_cast<double>(loss[i]);
  }
  return sum;
}

// w / B of the rows from r on, one per lane.
HWY_INLINE FloatVector row_scale(const CrossEntropy& c, std::size_t r, std::size_t count) {
  const Floats d;
  const auto scale = hn::Set(d, c.scale);
  if (c.weight == nullptr) return scale;
  return hn::Mul(load_rows(d, c.weight + r, count), scale);
}

// l = total log(sum) - dot for rows [r, r + count), one per lane; adds them up.
HWY_INLINE double finish_losses(const CrossEntropy& c, std::size_t r, std::size_t count,
                                FloatVector total, FloatVector sum, FloatVector dot, double loss) {
  const Floats d;
  RowNumbers losses;
  hn::Store(hn::MulSub(total, log_lanes(d, sum), dot), d, losses.of);
  return add_losses(c, r, count, losses.of, loss);
}

// Rows with one column as target: gradient = e (scale / sum), less scale at the target.
double cross_entropy_of_columns_wide(const CrossEntropy& c) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const RowSlices s(c.logits.cols);
  RowNumbers sums, dots;
  double loss = 0.0;
  for (std::size_t first = 0; first < c.logits.rows; first += lanes) {
    const std::size_t count = c.logits.rows - first < lanes ? c.logits.rows - first : lanes;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = first + i;
      const float* x = c.logits.data + r * c.logits.stride;
      float* gradient = c.gradient.data + r * c.gradient.stride;
      const std::int32_t target = c.column[r];
      const float at_target = x[target];
      const auto p = exponentials(s, x, gradient);
      sums.of[i] = hn::GetLane(p.sum);
      dots.of[i] = at_target - hn::GetLane(p.largest);
      const float scale = c.weight == nullptr ? c.scale : c.scale * c.weight[r];
      const auto factor = hn::Div(hn::Set(d, scale), p.sum);
      map_slices(
          s, [&](FloatVector e) HWY_ATTR { return hn::Mul(e, factor); }, gradient, gradient);
      gradient[target] -= scale;
    }
    loss = finish_losses(c, first, count, hn::Set(d, 1.0f), hn::Load(d, sums.of),
                         hn::Load(d, dots.of), loss);
  }
  return loss;
}

double cross_entropy_of_columns_few(const CrossEntropy& c) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const std::size_t lanes = hn::Lanes(d);
  const ColumnSlices s(c.logits.cols);
  ColumnBuffer x, e;
  double loss = 0.0;
  for (std::size_t r = 0; r < c.logits.rows; r += lanes) {
    const std::size_t count = c.logits.rows - r < lanes ? c.logits.rows - r : lanes;
    load_columns(d, c.logits.data + r * c.logits.stride, c.logits.stride, s.whole, count, x.data);
    const auto target = load_rows(di, c.column + r, count);
    const auto p = exponentials(s, x.data, e.data);
    const auto scale = row_scale(c, r, count);
    const auto factor = hn::Div(scale, p.sum);
    auto at_target = hn::Zero(d);
    for (std::size_t i = 0; i < s.whole; ++i) {
      const auto hit = hn::RebindMask(d, hn::Eq(target, hn::Set(di, static_cast<std::int32_t>(i))));
      at_target = hn::IfThenElse(hit, s.load(x.data, i), at_target);
      const auto scaled = hn::Mul(s.load(e.data, i), factor);
      s.store(hn::Sub(scaled, hn::IfThenElseZero(hit, scale)), e.data, i);
    }
    store_columns(d, e.data, s.whole, c.gradient.data + r * c.gradient.stride, c.gradient.stride,
                  count);
    loss = finish_losses(c, r, count, hn::Set(d, 1.0f), p.sum, hn::Sub(at_target, p.largest), loss);
  }
  return loss;
}

double CrossEntropyOfColumns(const CrossEntropy& c) {
  return c.logits.cols > kFewColumns ? cross_entropy_of_columns_wide(c)
                                     : cross_entropy_of_columns_few(c);
}

// The terms of the losses l = total log(sum) - dot.
struct LossTerms {
  FloatVector total, sum, dot;
};

// One row, or one per lane, with a distribution as target. `e` receives the gradient, may be x.
template <class Slices>
HWY_INLINE LossTerms cross_entropy_row(const Slices& s, const float* x, const float* target,
                                       FloatVector scale, float* e) {
  const auto top = largest(s, x);
  // before e may overwrite x: sum of t (x - top), 0 where t is 0 and x may be -infinity
  const auto term = [&](FloatVector t, FloatVector v) HWY_ATTR {
    const auto product = hn::Mul(t, hn::Sub(v, top));
    return hn::IfThenZeroElse(hn::Eq(t, hn::Zero(Floats())), product);
  };
  const auto dot = sum_slices(s, term, target, x);
  const auto total = sum_slices(
      s, [](FloatVector t) HWY_ATTR { return t; }, target);
  const auto sum = exponentials(s, x, top, e);
  const auto factor = hn::Div(hn::Mul(scale, total), sum);
  map_slices(
      s,
      [&](FloatVector v, FloatVector t)
          HWY_ATTR { return hn::NegMulAdd(t, scale, hn::Mul(v, factor)); },
      e, e, target);
  return {total, sum, dot};
}

double cross_entropy_of_distributions_wide(const CrossEntropy& c) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const RowSlices s(c.logits.cols);
  RowNumbers totals, sums, dots;
  double loss = 0.0;
  for (std::size_t first = 0; first < c.logits.rows; first += lanes) {
    const std::size_t count = c.logits.rows - first < lanes ? c.logits.rows - first : lanes;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = first + i;
      const float scale = c.weight == nullptr ? c.scale : c.scale * c.weight[r];
      const auto terms = cross_entropy_row(s, c.logits.data + r * c.logits.stride,
                                           c.target.data + r * c.target.stride, hn::Set(d, scale),
                                           c.gradient.data + r * c.gradient.stride);
      totals.of[i] = hn::GetLane(terms.total);
      sums.of[i] = hn::GetLane(terms.sum);
      dots.of[i] = hn::GetLane(terms.dot);
    }
    loss = finish_losses(c, first, count, hn::Load(d, totals.of), hn::Load(d, sums.of),
                         hn::Load(d, dots.of), loss);
  }
  return loss;
}

double cross_entropy_of_distributions_few(const CrossEntropy& c) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const ColumnSlices s(c.logits.cols);
  ColumnBuffer x, target;
  double loss = 0.0;
  for (std::size_t r = 0; r < c.logits.rows; r += lanes) {
    const std::size_t count = c.logits.rows - r < lanes ? c.logits.rows - r : lanes;
    load_columns(d, c.logits.data + r * c.logits.stride, c.logits.stride, s.whole, count, x.data);
    load_columns(d, c.target.data + r * c.target.stride, c.target.stride, s.whole, count,
                 target.data);
    const auto terms = cross_entropy_row(s, x.data, target.data, row_scale(c, r, count), x.data);
    store_columns(d, x.data, s.whole, c.gradient.data + r * c.gradient.stride, c.gradient.stride,
                  count);
    loss = finish_losses(c, r, count, terms.total, terms.sum, terms.dot, loss);
  }
  return loss;
}

double CrossEntropyOfDistributions(const CrossEntropy& c) {
  return c.logits.cols > kFewColumns ? cross_entropy_of_distributions_wide(c)
                                     : cross_entropy_of_distributions_few(c);
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

HWY_EXPORT(SoftmaxForward);
HWY_EXPORT(SoftmaxBackward);
HWY_EXPORT(LogSoftmaxForward);
HWY_EXPORT(LogSoftmaxBackward);
HWY_EXPORT(CrossEntropyOfColumns);
HWY_EXPORT(CrossEntropyOfDistributions);

namespace {

void check_shape(const char* name, std::size_t rows, std::size_t cols,
                 const ConstMatrixView& wanted) {
  if (rows == wanted.rows && cols == wanted.cols) return;
  throw_argument("softmax", std::string(name) + " (" + std::to_string(rows) + "," +
                                std::to_string(cols) + "): must be (" +
                                std::to_string(wanted.rows) + "," + std::to_string(wanted.cols) +
                                ")");
}

void check_columns(const ConstMatrixView& x) {
  if (x.cols == 0 && x.rows != 0) throw_argument("softmax", "0 columns: must have at least one");
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("softmax", std::string(name) + " has " + std::to_string(size) +
                                " elements: must have " + std::to_string(wanted));
}

CrossEntropy checked(const ConstMatrixView& logits, std::span<const float> weight,
                     const MatrixView& gradient, std::span<float> losses) {
  if (logits.rows == 0) throw_argument("softmax", "batch of 0 rows: must have at least one");
  check_columns(logits);
  check_shape("gradient", gradient.rows, gradient.cols, logits);
  if (!weight.empty()) check_size("weight", weight.size(), logits.rows);
  if (!losses.empty()) check_size("losses", losses.size(), logits.rows);
  CrossEntropy c{};
  c.logits = logits;
  c.weight = weight.empty() ? nullptr : weight.data();
  c.gradient = gradient;
  c.losses = losses.empty() ? nullptr : losses.data();
  c.scale = static_cast<float>(1.0 / static_cast<double>(logits.rows));
  return c;
}

}  // namespace

void softmax_forward(ConstMatrixView x, MatrixView y) {
  check_columns(x);
  check_shape("y", y.rows, y.cols, x);
  PAVLOV_DISPATCH(SoftmaxForward)(x, y);
}

void softmax_backward(ConstMatrixView y, ConstMatrixView dy, MatrixView dx) {
  check_columns(y);
  check_shape("dy", dy.rows, dy.cols, y);
  check_shape("dx", dx.rows, dx.cols, y);
  PAVLOV_DISPATCH(SoftmaxBackward)(y, dy, dx);
}

void log_softmax_forward(ConstMatrixView x, MatrixView y) {
  check_columns(x);
  check_shape("y", y.rows, y.cols, x);
  PAVLOV_DISPATCH(LogSoftmaxForward)(x, y);
}

void log_softmax_backward(ConstMatrixView y, ConstMatrixView dy, MatrixView dx) {
  check_columns(y);
  check_shape("dy", dy.rows, dy.cols, y);
  check_shape("dx", dx.rows, dx.cols, y);
  PAVLOV_DISPATCH(LogSoftmaxBackward)(y, dy, dx);
}

float softmax_cross_entropy(ConstMatrixView logits, std::span<const std::int32_t> target,
                            std::span<const float> weight, MatrixView gradient,
                            std::span<float> losses) {
  CrossEntropy c = checked(logits, weight, gradient, losses);
  check_size("target", target.size(), logits.rows);
  if (!all_in_range(target, static_cast<std::int32_t>(logits.cols))) {
    throw_argument("softmax", "a target is outside [0, " + std::to_string(logits.cols) + ")");
  }
  c.column = target.data();
  return static_cast<float>(PAVLOV_DISPATCH(CrossEntropyOfColumns)(c) /
                            static_cast<double>(logits.rows));
}

float softmax_cross_entropy(ConstMatrixView logits, ConstMatrixView target,
                            std::span<const float> weight, MatrixView gradient,
                            std::span<float> losses) {
  CrossEntropy c = checked(logits, weight, gradient, losses);
  check_shape("target", target.rows, target.cols, logits);
  c.target = target;
  return static_cast<float>(PAVLOV_DISPATCH(CrossEntropyOfDistributions)(c) /
                            static_cast<double>(logits.rows));
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
