#include "pavlov/kernels/gaussian.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/gaussian.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/slices-inl.h"

#ifndef PAVLOV_KERNELS_CPU_GAUSSIAN_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_GAUSSIAN_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct GaussianForward {
  ConstMatrixView mean, log_std, action;
  float* log_prob;
  float* entropy;
};

struct GaussianBackward {
  ConstMatrixView mean, log_std, action;
  const float* d_log_prob;
  const float* d_entropy;
  MatrixView d_mean, d_log_std;
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
// must not be compiled for this target. A log_std of one row is given with stride 0: every row
// begins at its only one.

constexpr float kHalfLogTwoPi = 0.918938533f;

// Rows [r, r + count) of m by columns.
template <class View>
HWY_INLINE void load_block(const View& m, std::size_t r, std::size_t count, ColumnBuffer& buffer) {
  load_columns(Floats(), m.data + r * m.stride, m.stride, m.cols, count, buffer.data);
}
HWY_INLINE void store_block(const ColumnBuffer& buffer, const MatrixView& m, std::size_t r,
                            std::size_t count) {
  store_columns(Floats(), buffer.data, m.cols, m.data + r * m.stride, m.stride, count);
}

// A log_std of one row, by columns: the same number in every lane. Others are loaded block by
// block.
HWY_INLINE void load_shared(const ConstMatrixView& log_std, ColumnBuffer& buffer) {
  const Floats d;
  if (log_std.stride != 0) return;
  for (std::size_t c = 0; c < log_std.cols; ++c) {
    hn::Store(hn::Set(d, log_std.data[c]), d, buffer.data + c * hn::Lanes(d));
  }
}

// Rows in blocks of as many as a vector has lanes: visit(first, count).
template <class Visit>
HWY_INLINE void over_blocks(std::size_t rows, const Visit& visit) {
  const std::size_t lanes = hn::Lanes(Floats());
  for (std::size_t r = 0; r < rows; r += lanes) visit(r, rows - r < lanes ? rows - r : lanes);
}

void Sample(const ConstMatrixView& mean, const ConstMatrixView& log_std,
            const ConstMatrixView& noise, const MatrixView& action) {
  const auto draw = [](FloatVector m, FloatVector l, FloatVector z)
                        HWY_ATTR { return hn::MulAdd(exp_lanes(Floats(), l), z, m); };
  if (mean.cols > kFewColumns) {
    const RowSlices s(mean.cols);
    for (std::size_t r = 0; r < mean.rows; ++r) {
      map_slices(s, draw, action.data + r * action.stride, mean.data + r * mean.stride,
                 log_std.data + r * log_std.stride, noise.data + r * noise.stride);
    }
    return;
  }
  const ColumnSlices s(mean.cols);
  ColumnBuffer m, l, z;
  load_shared(log_std, l);
  over_blocks(mean.rows, [&](std::size_t r, std::size_t count) HWY_ATTR {
    load_block(mean, r, count, m);
    if (log_std.stride != 0) load_block(log_std, r, count, l);
    load_block(noise, r, count, z);
    map_slices(s, draw, z.data, m.data, l.data, z.data);
    store_block(z, action, r, count);
  });
}

// z = (action - mean) e^-log_std
HWY_INLINE FloatVector deviate(FloatVector mean, FloatVector log_std, FloatVector action) {
  return hn::Mul(hn::Sub(action, mean), exp_lanes(Floats(), hn::Neg(log_std)));
}

struct Densities {
  FloatVector log_prob, entropy;
};

// One row, or one per lane.
template <class Slices>
HWY_INLINE Densities densities(const Slices& s, std::size_t cols, const float* mean,
                               const float* log_std, const float* action) {
  const Floats d;
  const auto quadratic = [](FloatVector m, FloatVector l, FloatVector a) HWY_ATTR {
    const auto z = deviate(m, l, a);
    return hn::Mul(z, z);
  };
  const auto squares = sum_slices(s, quadratic, mean, log_std, action);
  const auto logs = sum_slices(
      s, [](FloatVector l) HWY_ATTR { return l; }, log_std);
  const auto constant = hn::Set(d, static_cast<float>(cols) * kHalfLogTwoPi);
  const auto half = hn::Set(d, 0.5f);
  const auto constant_entropy = hn::Set(d, static_cast<float>(cols) * (kHalfLogTwoPi + 0.5f));
  return {hn::Sub(hn::NegMulAdd(half, squares, hn::Neg(logs)), constant),
          hn::Add(logs, constant_entropy)};
}

void Forward(const GaussianForward& p) {
  const Floats d;
  const std::size_t cols = p.mean.cols;
  if (cols > kFewColumns) {
    const RowSlices s(cols);
    for (std::size_t r = 0; r < p.mean.rows; ++r) {
      const auto row =
          densities(s, cols, p.mean.data + r * p.mean.stride, p.log_std.data + r * p.log_std.stride,
                    p.action.data + r * p.action.stride);
      p.log_prob[r] = hn::GetLane(row.log_prob);
      p.entropy[r] = hn::GetLane(row.entropy);
    }
    return;
  }
  const ColumnSlices s(cols);
  ColumnBuffer m, l, a;
  load_shared(p.log_std, l);
  over_blocks(p.mean.rows, [&](std::size_t r, std::size_t count) HWY_ATTR {
    load_block(p.mean, r, count, m);
    if (p.log_std.stride != 0) load_block(p.log_std, r, count, l);
    load_block(p.action, r, count, a);
    const auto rows = densities(s, cols, m.data, l.data, a.data);
    store_rows(rows.log_prob, d, p.log_prob + r, count);
    store_rows(rows.entropy, d, p.entropy + r, count);
  });
}

// d_mean and the gradient at log_std for one slice.
struct GaussianGradient {
  FloatVector mean, log_std;
};
HWY_INLINE GaussianGradient gradient(FloatVector mean, FloatVector log_std, FloatVector action,
                                     FloatVector d_log_prob, FloatVector d_entropy) {
  const Floats d;
  const auto scale = exp_lanes(d, hn::Neg(log_std));
  const auto z = hn::Mul(hn::Sub(action, mean), scale);
  const auto excess = hn::MulSub(z, z, hn::Set(d, 1.0f));
  return {hn::Mul(hn::Mul(d_log_prob, z), scale), hn::MulAdd(d_log_prob, excess, d_entropy)};
}

void backward_wide(const GaussianBackward& p) {
  const Floats d;
  const RowSlices s(p.mean.cols);
  const bool shared = p.log_std.stride == 0;
  for (std::size_t c = 0; shared && c < p.mean.cols; ++c) p.d_log_std.data[c] = 0.0f;
  for (std::size_t r = 0; r < p.mean.rows; ++r) {
    const float* mean = p.mean.data + r * p.mean.stride;
    const float* log_std = p.log_std.data + r * p.log_std.stride;
    const float* action = p.action.data + r * p.action.stride;
    float* d_mean = p.d_mean.data + r * p.d_mean.stride;
    float* d_log_std = p.d_log_std.data + r * p.d_log_std.stride;
    const auto d_log_prob = hn::Set(d, p.d_log_prob[r]), d_entropy = hn::Set(d, p.d_entropy[r]);
    for (std::size_t i = 0; i < s.whole; ++i) {
      const auto g =
          gradient(s.load(mean, i), s.load(log_std, i), s.load(action, i), d_log_prob, d_entropy);
      s.store(g.mean, d_mean, i);
      s.store(shared ? hn::Add(s.load(d_log_std, i), g.log_std) : g.log_std, d_log_std, i);
    }
    if (s.rest == 0) continue;
    const auto g = gradient(s.load_rest(mean, 0.0f), s.load_rest(log_std, 0.0f),
                            s.load_rest(action, 0.0f), d_log_prob, d_entropy);
    s.store_rest(g.mean, d_mean);
    s.store_rest(shared ? hn::Add(s.load_rest(d_log_std, 0.0f), g.log_std) : g.log_std, d_log_std);
  }
}

void Backward(const GaussianBackward& p) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), cols = p.mean.cols;
  if (cols > kFewColumns) return backward_wide(p);
  const bool shared = p.log_std.stride == 0;
  const ColumnSlices s(cols);
  ColumnBuffer m, l, a, sums;
  load_shared(p.log_std, l);
  for (std::size_t c = 0; c < cols; ++c) s.store(hn::Zero(d), sums.data, c);
  over_blocks(p.mean.rows, [&](std::size_t r, std::size_t count) HWY_ATTR {
    load_block(p.mean, r, count, m);
    if (!shared) load_block(p.log_std, r, count, l);
    load_block(p.action, r, count, a);
    // 0 in lanes beyond the last row
    const auto d_log_prob = load_rows(d, p.d_log_prob + r, count);
    const auto d_entropy = load_rows(d, p.d_entropy + r, count);
    for (std::size_t c = 0; c < cols; ++c) {
      const auto g =
          gradient(s.load(m.data, c), s.load(l.data, c), s.load(a.data, c), d_log_prob, d_entropy);
      s.store(g.mean, m.data, c);
      s.store(shared ? hn::Add(s.load(sums.data, c), g.log_std) : g.log_std, sums.data, c);
    }
    store_block(m, p.d_mean, r, count);
    if (!shared) store_block(sums, p.d_log_std, r, count);
  });
  if (!shared) return;
  for (std::size_t c = 0; c < cols; ++c) {
    p.d_log_std.data[c] = hn::GetLane(hn::SumOfLanes(d, hn::Load(d, sums.data + c * lanes)));
  }
}

// log(1 - tanh^2 u) = 2 (log 2 - u - softplus(-2 u)) = 2 (log 2 - |u| - log(1 + e^-2|u|)), exactly
// 0 at 0.
HWY_INLINE FloatVector log_slope_of_tanh(FloatVector u) {
  const Floats d;
  const auto size = hn::Abs(u);
  const auto t = exp_of_negative(d, hn::Mul(hn::Set(d, -2.0f), size));
  const auto softplus = log_lanes(d, hn::Add(hn::Set(d, 1.0f), t));
  const auto half = hn::Sub(hn::Sub(hn::Set(d, 0.693147181f), size), softplus);
  return hn::IfThenZeroElse(hn::Eq(u, hn::Zero(d)), hn::Add(half, half));
}

void SquashForward(const ConstMatrixView& u, const MatrixView& action, float* log_prob) {
  const Floats d;
  const auto squash = [](FloatVector v) HWY_ATTR { return tanh_lanes(Floats(), v); };
  const auto correction = [](FloatVector v) HWY_ATTR { return log_slope_of_tanh(v); };
  if (u.cols > kFewColumns) {
    const RowSlices s(u.cols);
    for (std::size_t r = 0; r < u.rows; ++r) {
      const float* row = u.data + r * u.stride;
      log_prob[r] -= hn::GetLane(sum_slices(s, correction, row));
      map_slices(s, squash, action.data + r * action.stride, row);
    }
    return;
  }
  const ColumnSlices s(u.cols);
  ColumnBuffer v;
  over_blocks(u.rows, [&](std::size_t r, std::size_t count) HWY_ATTR {
    load_block(u, r, count, v);
    const auto old = load_rows(d, log_prob + r, count);
    store_rows(hn::Sub(old, sum_slices(s, correction, v.data)), d, log_prob + r, count);
    map_slices(s, squash, v.data, v.data);
    store_block(v, action, r, count);
  });
}

// d_action (1 - a^2) + 2 d_log_prob a
struct SquashGradient {
  FloatVector d_log_prob;
  HWY_INLINE FloatVector operator()(FloatVector a, FloatVector d_action) const {
    const auto slope = hn::NegMulAdd(a, a, hn::Set(Floats(), 1.0f));
    return hn::MulAdd(d_action, slope, hn::Mul(hn::Add(d_log_prob, d_log_prob), a));
  }
};

void SquashBackward(const ConstMatrixView& action, const ConstMatrixView& d_action,
                    const float* d_log_prob, const MatrixView& du) {
  const Floats d;
  if (action.cols > kFewColumns) {
    const RowSlices s(action.cols);
    for (std::size_t r = 0; r < action.rows; ++r) {
      const SquashGradient row{hn::Set(d, d_log_prob[r])};
      map_slices(s, row, du.data + r * du.stride, action.data + r * action.stride,
                 d_action.data + r * d_action.stride);
    }
    return;
  }
  const ColumnSlices s(action.cols);
  ColumnBuffer a, g;
  over_blocks(action.rows, [&](std::size_t r, std::size_t count) HWY_ATTR {
    load_block(action, r, count, a);
    load_block(d_action, r, count, g);
    map_slices(s, SquashGradient{load_rows(d, d_log_prob + r, count)}, g.data, a.data, g.data);
    store_block(g, du, r, count);
  });
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

HWY_EXPORT(Sample);
HWY_EXPORT(Forward);
HWY_EXPORT(Backward);
HWY_EXPORT(SquashForward);
HWY_EXPORT(SquashBackward);

namespace {

void check_shape(const char* name, const ConstMatrixView& view, const ConstMatrixView& wanted) {
  if (view.rows == wanted.rows && view.cols == wanted.cols) return;
  throw_argument("gaussian", std::string(name) + " (" + std::to_string(view.rows) + "," +
                                 std::to_string(view.cols) + "): must be (" +
                                 std::to_string(wanted.rows) + "," + std::to_string(wanted.cols) +
                                 ")");
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("gaussian", std::string(name) + " has " + std::to_string(size) +
                                 " elements: must have " + std::to_string(wanted));
}

void check_columns(const ConstMatrixView& x) {
  if (x.cols == 0 && x.rows != 0)
    throw_argument("gaussian", "0 dimensions: must have at least one");
}

// A log_std of one row serves all, with stride 0.
ConstMatrixView checked_log_std(ConstMatrixView log_std, const ConstMatrixView& mean) {
  check_columns(mean);
  if (log_std.rows == 1 && log_std.cols == mean.cols) {
    if (mean.rows != 1) log_std.stride = 0;
    return log_std;
  }
  if (log_std.rows == mean.rows && log_std.cols == mean.cols) return log_std;
  throw_argument("gaussian", "log_std (" + std::to_string(log_std.rows) + "," +
                                 std::to_string(log_std.cols) + "): must be (1," +
                                 std::to_string(mean.cols) + ") or (" + std::to_string(mean.rows) +
                                 "," + std::to_string(mean.cols) + ")");
}

}  // namespace

void gaussian_sample(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView noise,
                     MatrixView action) {
  log_std = checked_log_std(log_std, mean);
  check_shape("noise", noise, mean);
  check_shape("action", action, mean);
  PAVLOV_DISPATCH(Sample)(mean, log_std, noise, action);
}

void gaussian_forward(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView action,
                      std::span<float> log_prob, std::span<float> entropy) {
  log_std = checked_log_std(log_std, mean);
  check_shape("action", action, mean);
  check_size("log_prob", log_prob.size(), mean.rows);
  check_size("entropy", entropy.size(), mean.rows);
  PAVLOV_DISPATCH(Forward)({mean, log_std, action, log_prob.data(), entropy.data()});
}

void gaussian_backward(ConstMatrixView mean, ConstMatrixView log_std, ConstMatrixView action,
                       std::span<const float> d_log_prob, std::span<const float> d_entropy,
                       MatrixView d_mean, MatrixView d_log_std) {
  check_shape("d_log_std", d_log_std, log_std);
  log_std = checked_log_std(log_std, mean);
  check_shape("action", action, mean);
  check_size("d_log_prob", d_log_prob.size(), mean.rows);
  check_size("d_entropy", d_entropy.size(), mean.rows);
  check_shape("d_mean", d_mean, mean);
  if (log_std.stride == 0) d_log_std.stride = 0;
  PAVLOV_DISPATCH(Backward)
  ({mean, log_std, action, d_log_prob.data(), d_entropy.data(), d_mean, d_log_std});
}

void tanh_squash_forward(ConstMatrixView u, MatrixView action, std::span<float> log_prob) {
  check_columns(u);
  check_shape("action", action, u);
  check_size("log_prob", log_prob.size(), u.rows);
  PAVLOV_DISPATCH(SquashForward)(u, action, log_prob.data());
}

void tanh_squash_backward(ConstMatrixView action, ConstMatrixView d_action,
                          std::span<const float> d_log_prob, MatrixView du) {
  check_columns(action);
  check_shape("d_action", d_action, action);
  check_size("d_log_prob", d_log_prob.size(), action.rows);
  check_shape("du", du, action);
  PAVLOV_DISPATCH(SquashBackward)(action, d_action, d_log_prob.data(), du);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
