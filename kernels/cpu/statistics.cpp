#include "pavlov/kernels/statistics.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/statistics.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"

#ifndef PAVLOV_KERNELS_CPU_STATISTICS_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_STATISTICS_ARGUMENTS

namespace pavlov::kernels {
namespace {

// Sums over numbers x of d = x - shift and of d^2.
struct DistanceSums {
  double distances, squares;
};

struct Columns {
  const float* data;
  std::size_t rows, cols, stride;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using DoubleVector = hn::Vec<Doubles>;
using HalfFloats = hn::Rebind<float, Doubles>;  // as many floats as a vector has doubles

HWY_INLINE DoubleVector load_wide(const float* p) {
  return hn::PromoteTo(Doubles(), hn::LoadU(HalfFloats(), p));
}

double Sum(const float* x, std::size_t size) {
  const Doubles d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  std::size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    sum0 = hn::Add(sum0, load_wide(x + i));
    sum1 = hn::Add(sum1, load_wide(x + i + lanes));
    sum2 = hn::Add(sum2, load_wide(x + i + 2 * lanes));
    sum3 = hn::Add(sum3, load_wide(x + i + 3 * lanes));
  }
  for (; i + lanes <= size; i += lanes) sum0 = hn::Add(sum0, load_wide(x + i));
  const auto all = hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3));
  double sum = hn::GetLane(hn::SumOfLanes(d, all));
  for (; i < size; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

struct DistanceVectors {
  DoubleVector distances, squares;

  HWY_INLINE void add(DoubleVector x, DoubleVector shift) {
    const auto distance = hn::Sub(x, shift);
    distances = hn::Add(distances, distance);
    squares = hn::MulAdd(distance, distance, squares);
  }
};

DistanceSums SumDistances(const float* x, std::size_t size, double shift) {
  const Doubles d;
  const std::size_t lanes = hn::Lanes(d);
  const auto from = hn::Set(d, shift);
  DistanceVectors even{hn::Zero(d), hn::Zero(d)}, odd = even;
  std::size_t i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    even.add(load_wide(x + i), from);
    odd.add(load_wide(x + i + lanes), from);
  }
  if (i + lanes <= size) {
    even.add(load_wide(x + i), from);
    i += lanes;
  }
  DistanceSums sums{hn::GetLane(hn::SumOfLanes(d, hn::Add(even.distances, odd.distances))),
                    hn::GetLane(hn::SumOfLanes(d, hn::Add(even.squares, odd.squares)))};
  for (; i < size; ++i) {
    const double distance = static_cast<double>(x[i]) - shift;
    sums.distances += distance;
    sums.squares += distance * distance;
  }
  return sums;
}

// The same for columns [c, c + lanes) by `load`: even and odd rows. Sums go to distances[c ...] and
// squares[c ...] by `store`.
template <class Load, class Store>
HWY_INLINE void sum_columns(const Columns& m, std::size_t c, const double* shift, double* distances,
                            double* squares, const Load& load, const Store& store) {
  const Doubles d;
  alignas(64) double first[hn::MaxLanes(Doubles())] = {};
  const std::size_t rest = m.cols - c;
  for (std::size_t k = 0; k < hn::Lanes(d) && k < rest; ++k) first[k] = shift[c + k];
  const auto from = hn::Load(d, first);
  DistanceVectors even{hn::Zero(d), hn::Zero(d)}, odd = even;
  std::size_t r = 0;
  for (; r + 2 <= m.rows; r += 2) {
    even.add(load(m.data + r * m.stride + c), from);
    odd.add(load(m.data + (r + 1) * m.stride + c), from);
  }
  if (r < m.rows) even.add(load(m.data + r * m.stride + c), from);
  store(hn::Add(even.distances, odd.distances), distances + c);
  store(hn::Add(even.squares, odd.squares), squares + c);
}

void SumColumnDistances(const Columns& m, const double* shift, double* distances, double* squares) {
  const Doubles d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t c = 0;
  for (; c + lanes <= m.cols; c += lanes) {
    sum_columns(
        m, c, shift, distances, squares, [](const float* p) HWY_ATTR { return load_wide(p); },
        [](DoubleVector v, double* p) HWY_ATTR { hn::StoreU(v, Doubles(), p); });
  }
  const std::size_t rest = m.cols - c;
  if (rest == 0) return;
  sum_columns(
      m, c, shift, distances, squares,
      [&](const float* p)
          HWY_ATTR { return hn::PromoteTo(Doubles(), load_first(HalfFloats(), p, rest)); },
      [&](DoubleVector v, double* p) HWY_ATTR { store_first(v, Doubles(), p, rest); });
}

// Largest of sign * x; NaN where any is.
float Largest(const float* x, std::size_t size, float sign) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, sign);
  auto best = hn::Set(d, sign * x[0]);
  auto is_nan = hn::IsNaN(best);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto v = hn::Mul(hn::LoadU(d, x + i), factor);
    best = hn::Max(best, v);
    is_nan = hn::Or(is_nan, hn::IsNaN(v));
  }
  if (!hn::AllFalse(d, is_nan)) return __builtin_nanf("");
  float result = hn::GetLane(hn::MaxOfLanes(d, best));
  for (; i < size; ++i) {
    const float v = x[i] * sign;
    if (v != v) return v;
    if (v > result) result = v;
  }
  return result;
}

// (x - mean) scale. The mean comes in two parts, so that its rounding to float32 does not count.
struct Standardized {
  float mean_high, mean_low, scale;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const auto distance = hn::Sub(hn::Sub(x, hn::Set(d, mean_high)), hn::Set(d, mean_low));
    return hn::Mul(distance, hn::Set(d, scale));
  }
};

void Standardize(float* x, std::size_t size, double mean, double scale) {
  const auto high = static_cast<float>(mean);
  const auto low = static_cast<float>(mean - static_cast<double>(high));
  map(Standardized{high, low, static_cast<float>(scale)}, x, size, x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <cmath>
#include <limits>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(Sum);
HWY_EXPORT(SumDistances);
HWY_EXPORT(SumColumnDistances);
HWY_EXPORT(Largest);
HWY_EXPORT(Standardize);

namespace {

void check_not_empty(const char* op, std::size_t size) {
  if (size == 0)
    throw_argument("statistics", std::string(op) + " of 0 numbers: needs at least one");
}

double shift_of(float first) { return std::isfinite(first) ? static_cast<double>(first) : 0.0; }

Moments moments_of(const DistanceSums& sums, double shift, std::size_t size, Variance kind) {
  const auto n = static_cast<double>(size);
  const double mean = sums.distances / n;
  const double squares = sums.squares - sums.distances * mean;
  const double divisor = kind == Variance::sample ? n - 1.0 : n;
  // rounding may leave a little less than 0; NaN is kept
  const double variance = squares < 0.0 ? 0.0 : squares / divisor;
  return {shift + mean, divisor == 0.0 ? std::numeric_limits<double>::quiet_NaN() : variance};
}

}  // namespace

double sum(std::span<const float> x) { return PAVLOV_DISPATCH(Sum)(x.data(), x.size()); }

float largest(std::span<const float> x) {
  check_not_empty("largest", x.size());
  return PAVLOV_DISPATCH(Largest)(x.data(), x.size(), 1.0f);
}

float smallest(std::span<const float> x) {
  check_not_empty("smallest", x.size());
  return -PAVLOV_DISPATCH(Largest)(x.data(), x.size(), -1.0f);
}

Moments moments(std::span<const float> x, Variance kind) {
  check_not_empty("moments", x.size());
  const double shift = shift_of(x[0]);
  return moments_of(PAVLOV_DISPATCH(SumDistances)(x.data(), x.size(), shift), shift, x.size(),
                    kind);
}

void column_moments(ConstMatrixView x, Variance kind, std::span<double> mean,
                    std::span<double> variance) {
  check_not_empty("column_moments", x.rows);
  if (mean.size() != x.cols || variance.size() != x.cols) {
    throw_argument("statistics", "column_moments: mean " + std::to_string(mean.size()) +
                                     ", variance " + std::to_string(variance.size()) +
                                     " elements: must be the " + std::to_string(x.cols) +
                                     " columns");
  }
  // the outputs serve as scratch: shifts, then sums
  for (std::size_t c = 0; c < x.cols; ++c) mean[c] = shift_of(x.data[c]);
  PAVLOV_DISPATCH(SumColumnDistances)
  ({x.data, x.rows, x.cols, x.stride}, mean.data(), mean.data(), variance.data());
  for (std::size_t c = 0; c < x.cols; ++c) {
    const Moments m = moments_of({mean[c], variance[c]}, shift_of(x.data[c]), x.rows, kind);
    mean[c] = m.mean;
    variance[c] = m.variance;
  }
}

void standardize(std::span<float> x, Variance kind, float epsilon) {
  require(epsilon >= 0.0f, "statistics", "epsilon", epsilon, "at least 0");
  if (x.size() < 2) return;
  const Moments m = moments(x, kind);
  const double scale = 1.0 / (std::sqrt(m.variance) + static_cast<double>(epsilon));
  PAVLOV_DISPATCH(Standardize)(x.data(), x.size(), m.mean, scale);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
