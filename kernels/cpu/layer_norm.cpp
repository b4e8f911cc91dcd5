#include "pavlov/kernels/layer_norm.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/layer_norm.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/slices-inl.h"

#ifndef PAVLOV_KERNELS_CPU_LAYER_NORM_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_LAYER_NORM_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct LayerNorm {
  ConstMatrixView x;
  const float* gamma;
  const float* beta;
  float epsilon;
  MatrixView y;
  float* mean;
  float* inverse_std;
};

struct LayerNormGradient {
  ConstMatrixView x;
  const float* gamma;
  const float* mean;
  const float* inverse_std;
  ConstMatrixView dy;
  MatrixView dx;
  float* dgamma;
  float* dbeta;
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

// Sum of (x - center)^2 over a row. Entries beyond the row are at the center.
HWY_INLINE FloatVector squared_distances(const RowSlices& s, const float* x, FloatVector center) {
  const Floats d;
  auto a = hn::Zero(d), b = a;
  std::size_t i = 0;
  for (; i + 2 <= s.whole; i += 2) {
    const auto u = hn::Sub(s.load(x, i), center), v = hn::Sub(s.load(x, i + 1), center);
    a = hn::MulAdd(u, u, a);
    b = hn::MulAdd(v, v, b);
  }
  if (i < s.whole) {
    const auto u = hn::Sub(s.load(x, i), center);
    a = hn::MulAdd(u, u, a);
  }
  if (s.rest != 0) {
    const auto v = hn::Sub(s.load_rest(x, hn::GetLane(center)), center);
    b = hn::MulAdd(v, v, b);
  }
  return s.sum(hn::Add(a, b));
}

void LayerNormForward(const LayerNorm& p) {
  const Floats d;
  const RowSlices s(p.x.cols);
  const auto share = hn::Set(d, 1.0f / static_cast<float>(p.x.cols));
  const auto epsilon = hn::Set(d, p.epsilon);
  for (std::size_t r = 0; r < p.x.rows; ++r) {
    const float* x = p.x.data + r * p.x.stride;
    const auto mean = hn::Mul(sum_slices(
                                  s, [](FloatVector v) HWY_ATTR { return v; }, x),
                              share);
    const auto squares = squared_distances(s, x, mean);
    const auto variance = hn::MulAdd(squares, share, epsilon);
    const auto inverse_std = hn::Div(hn::Set(d, 1.0f), hn::Sqrt(variance));
    map_slices(
        s,
        [&](FloatVector v, FloatVector gamma, FloatVector beta)
            HWY_ATTR { return hn::MulAdd(hn::Mul(hn::Sub(v, mean), inverse_std), gamma, beta); },
        p.y.data + r * p.y.stride, x, p.gamma, p.beta);
    p.mean[r] = hn::GetLane(mean);
    p.inverse_std[r] = hn::GetLane(inverse_std);
  }
}

// Rows that share their visits to gamma, dgamma and dbeta.
constexpr std::size_t kRowsAtOnce = 4;

// A row and its two means, of g and of g h.
struct RowTerms {
  const float* x;
  const float* dy;
  float* dx;
  FloatVector mean, inverse_std, mean_g, mean_gh;
};

// One slice of `kCount` rows: loads and stores are the slices' own.
template <std::size_t kCount, class Load, class Store>
HWY_INLINE void backward_slice(const RowTerms* rows, const LayerNormGradient& p, const Load& load,
                               const Store& store) {
  const auto gamma = load(p.gamma);
  auto dgamma = load(p.dgamma), dbeta = load(p.dbeta);
  for (std::size_t k = 0; k < kCount; ++k) {
    const RowTerms& row = rows[k];
    const auto dy = load(row.dy);
    const auto h = hn::Mul(hn::Sub(load(row.x), row.mean), row.inverse_std);
    const auto g = hn::Sub(hn::Mul(dy, gamma), row.mean_g);
    store(hn::Mul(row.inverse_std, hn::NegMulAdd(h, row.mean_gh, g)), row.dx);
    dgamma = hn::MulAdd(dy, h, dgamma);
    dbeta = hn::Add(dbeta, dy);
  }
  store(dgamma, p.dgamma);
  store(dbeta, p.dbeta);
}

template <std::size_t kCount>
HWY_INLINE void backward_rows(const RowSlices& s, const LayerNormGradient& p, std::size_t r) {
  const Floats d;
  const auto share = hn::Set(d, 1.0f / static_cast<float>(p.x.cols));
  RowTerms rows[kCount];
  for (std::size_t k = 0; k < kCount; ++k) {
    RowTerms& row = rows[k];
    row.x = p.x.data + (r + k) * p.x.stride;
    row.dy = p.dy.data + (r + k) * p.dy.stride;
    row.dx = p.dx.data + (r + k) * p.dx.stride;
    row.mean = hn::Set(d, p.mean[r + k]);
    row.inverse_std = hn::Set(d, p.inverse_std[r + k]);
    const auto product = [](FloatVector dy, FloatVector gamma)
                             HWY_ATTR { return hn::Mul(dy, gamma); };
    const auto product_h = [&](FloatVector dy, FloatVector gamma, FloatVector x) HWY_ATTR {
      return hn::Mul(hn::Mul(dy, gamma), hn::Sub(x, row.mean));
    };
    row.mean_g = hn::Mul(sum_slices(s, product, row.dy, p.gamma), share);
    row.mean_gh =
        hn::Mul(hn::Mul(sum_slices(s, product_h, row.dy, p.gamma, row.x), share), row.inverse_std);
  }
  for (std::size_t i = 0; i < s.whole; ++i) {
    backward_slice<kCount>(
        rows, p, [&](const float* at) HWY_ATTR { return s.load(at, i); },
        [&](FloatVector v, float* at) HWY_ATTR { s.store(v, at, i); });
  }
  if (s.rest != 0) {
    backward_slice<kCount>(
        rows, p, [&](const float* at) HWY_ATTR { return s.load_rest(at, 0.0f); },
        [&](FloatVector v, float* at) HWY_ATTR { s.store_rest(v, at); });
  }
}

void LayerNormBackward(const LayerNormGradient& p) {
  const RowSlices s(p.x.cols);
  std::size_t r = 0;
  for (; r + kRowsAtOnce <= p.x.rows; r += kRowsAtOnce) backward_rows<kRowsAtOnce>(s, p, r);
  for (; r < p.x.rows; ++r) backward_rows<1>(s, p, r);
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

HWY_EXPORT(LayerNormForward);
HWY_EXPORT(LayerNormBackward);

namespace {

void check_shape(const char* name, const ConstMatrixView& view, const ConstMatrixView& wanted) {
  if (view.rows == wanted.rows && view.cols == wanted.cols) return;
  throw_argument("layer_norm", std::string(name) + " (" + std::to_string(view.rows) + "," +
                                   std::to_string(view.cols) + "): must be (" +
                                   std::to_string(wanted.rows) + "," + std::to_string(wanted.cols) +
                                   ")");
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("layer_norm", std::string(name) + " has " + std::to_string(size) +
                                   " elements: must have " + std::to_string(wanted));
}

void check_columns(const ConstMatrixView& x) {
  if (x.cols == 0) throw_argument("layer_norm", "0 columns: must have at least one");
}

}  // namespace

void layer_norm_forward(ConstMatrixView x, std::span<const float> gamma,
                        std::span<const float> beta, float epsilon, MatrixView y,
                        std::span<float> mean, std::span<float> inverse_std) {
  check_columns(x);
  check_size("gamma", gamma.size(), x.cols);
  check_size("beta", beta.size(), x.cols);
  check_shape("y", y, x);
  check_size("mean", mean.size(), x.rows);
  check_size("inverse_std", inverse_std.size(), x.rows);
  require(epsilon > 0.0f, "layer_norm", "epsilon", epsilon, "positive");
  PAVLOV_DISPATCH(LayerNormForward)
  ({x, gamma.data(), beta.data(), epsilon, y, mean.data(), inverse_std.data()});
}

void layer_norm_backward(ConstMatrixView x, std::span<const float> gamma,
                         std::span<const float> mean, std::span<const float> inverse_std,
                         ConstMatrixView dy, MatrixView dx, std::span<float> dgamma,
                         std::span<float> dbeta) {
  check_columns(x);
  check_size("gamma", gamma.size(), x.cols);
  check_size("mean", mean.size(), x.rows);
  check_size("inverse_std", inverse_std.size(), x.rows);
  check_shape("dy", dy, x);
  check_shape("dx", dx, x);
  check_size("dgamma", dgamma.size(), x.cols);
  check_size("dbeta", dbeta.size(), x.cols);
  PAVLOV_DISPATCH(LayerNormBackward)
  ({x, gamma.data(), mean.data(), inverse_std.data(), dy, dx, dgamma.data(), dbeta.data()});
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
