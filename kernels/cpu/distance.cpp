#include "pavlov/kernels/distance.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/distance.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/row-inl.h"
#include "pavlov/kernels/cpu/transpose-inl.h"

#ifndef PAVLOV_KERNELS_CPU_DISTANCE_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_DISTANCE_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct Points {
  const float* data;
  std::size_t stride;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Points of y stand in lanes, so no sum crosses lanes: kDepth coordinates of kVectors vectors of
// points are transposed into a panel that every point of x then meets.
constexpr std::size_t kVectors = 2;
constexpr std::size_t kDepth = 64;

// kRows points of x against the panel of `count` points, coordinates [0, depth) of the panel.
// Continues the sums in `out` unless this is the first panel.
template <std::size_t kRows, class D>
HWY_INLINE void distance_tile(D d, const Points& x, const float* panel, std::size_t depth,
                              bool first, float* out, std::size_t out_stride, std::size_t count) {
  using V = hn::Vec<D>;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t width = kVectors * lanes;
  V sum[kRows][kVectors];
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[a][v] = first || v * lanes >= count
                      ? hn::Zero(d)
                      : load_in_row(d, out + a * out_stride, v * lanes, count, 0.0f);
    }
  }
  for (std::size_t k = 0; k < depth; ++k) {
    V y[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) y[v] = hn::Load(d, panel + k * width + v * lanes);
    for (std::size_t a = 0; a < kRows; ++a) {
      const V coordinate = hn::Set(d, x.data[a * x.stride + k]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        const V difference = hn::Sub(coordinate, y[v]);
        sum[a][v] = hn::MulAdd(difference, difference, sum[a][v]);
      }
    }
  }
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t v = 0; v < kVectors && v * lanes < count; ++v) {
      store_in_row(sum[a][v], d, out + a * out_stride, v * lanes, count);
    }
  }
}

void SquaredDistance(const Points& x, std::size_t rows, const Points& y, std::size_t cols,
                     std::size_t depth, float* out, std::size_t out_stride) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t kRows = 4;
  const std::size_t width = kVectors * hn::Lanes(d);
  // lanes beyond the last points compute with what the panel holds, and are not stored
  HWY_ALIGN float panel[kDepth * kVectors * hn::MaxLanes(hn::ScalableTag<float>())] = {};
  for (std::size_t c = 0; c < cols; c += width) {
    const std::size_t count = HWY_MIN(width, cols - c);
    // at least one pass, which stores the zeros of points without coordinates
    for (std::size_t k = 0; k == 0 || k < depth; k += kDepth) {
      const std::size_t part = HWY_MIN(kDepth, depth - k);
      transpose(y.data + c * y.stride + k, y.stride, count, part, panel, width);
      std::size_t r = 0;
      for (; r + kRows <= rows; r += kRows) {
        const Points from{x.data + r * x.stride + k, x.stride};
        distance_tile<kRows>(d, from, panel, part, k == 0, out + r * out_stride + c, out_stride,
                             count);
      }
      for (; r < rows; ++r) {
        const Points from{x.data + r * x.stride + k, x.stride};
        distance_tile<1>(d, from, panel, part, k == 0, out + r * out_stride + c, out_stride, count);
      }
    }
  }
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

HWY_EXPORT(SquaredDistance);

void squared_distance(ConstMatrixView x, ConstMatrixView y, MatrixView out) {
  if (x.cols != y.cols || out.rows != x.rows || out.cols != y.rows) {
    const auto shape = [](std::size_t rows, std::size_t cols) {
      return "(" + std::to_string(rows) + "," + std::to_string(cols) + ")";
    };
    throw_argument("distance", "x " + shape(x.rows, x.cols) + ", y " + shape(y.rows, y.cols) +
                                   ", out " + shape(out.rows, out.cols) +
                                   ": must be (B,D), (C,D) and (B,C)");
  }
  if (out.empty()) return;
  PAVLOV_DISPATCH(SquaredDistance)
  ({x.data, x.stride}, x.rows, {y.data, y.stride}, y.rows, x.cols, out.data, out.stride);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
