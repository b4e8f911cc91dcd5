#include "pavlov/kernels/int8_linear.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/int8_linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"

#ifndef PAVLOV_KERNELS_CPU_INT8_LINEAR_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_INT8_LINEAR_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct Int8Product {
  std::size_t rows, cols, depth;
  const float* x;
  std::size_t x_stride;
  const std::int8_t* weight;
  std::size_t weight_stride;
  const float* scale;
  const float* bias;
  Activation activation;
  float* y;
  std::size_t y_stride;
};

struct Int8Columns {
  const float* weight;
  std::size_t weight_stride, rows, cols;
  std::int8_t* quantized;
  std::size_t quantized_stride;
  float* scale;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Columns j, j + 1, ... of a weight matrix, one per lane.
template <class D>
HWY_INLINE void quantize_columns(D d, const Int8Columns& q, std::size_t j) {
  const hn::Rebind<std::int8_t, D> d8;
  auto largest = hn::Zero(d);
  for (std::size_t i = 0; i < q.rows; ++i) {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(d, q.weight + i * q.weight_stride + j)));
  }
  auto scale = hn::Div(largest, hn::Set(d, 127.0f));
  const auto usable = hn::Ge(scale, hn::Set(d, 0x1p-126f));  // the least normal number
  scale = hn::IfThenElseZero(usable, scale);
  hn::StoreU(scale, d, q.scale + j);
  const auto divisor = hn::IfThenElse(usable, scale, hn::Set(d, 1.0f));
  for (std::size_t i = 0; i < q.rows; ++i) {
    const auto w = hn::LoadU(d, q.weight + i * q.weight_stride + j);
    const auto number = hn::IfThenElseZero(usable, hn::Div(w, divisor));
    hn::StoreU(hn::DemoteTo(d8, hn::NearestInt(number)), d8,
               q.quantized + i * q.quantized_stride + j);
  }
}

void QuantizeInt8(const Int8Columns& q) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t j = 0;
  for (; j + hn::Lanes(d) <= q.cols; j += hn::Lanes(d)) quantize_columns(d, q, j);
  for (; j < q.cols; ++j) quantize_columns(d1, q, j);
}

template <class D>
HWY_INLINE hn::Vec<D> widen(D d, const std::int8_t* p) {
  const hn::Rebind<std::int8_t, D> d8;
  const hn::Rebind<std::int32_t, D> d32;
  return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, p)));
}

// kRows rows from r on and kVectors vectors of columns from j on stay in registers over the whole
// depth. A widened weight serves all rows of the tile.
template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE void int8_tile(D d, const Int8Product& p, std::size_t r, std::size_t j) {
  using V = hn::Vec<D>;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kRows][kVectors];
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t v = 0; v < kVectors; ++v) sum[a][v] = hn::Zero(d);
  }
  const float* x = p.x + r * p.x_stride;
  const std::int8_t* weight = p.weight + j;
  for (std::size_t i = 0; i < p.depth; ++i, weight += p.weight_stride) {
    V w[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) w[v] = widen(d, weight + v * lanes);
    for (std::size_t a = 0; a < kRows; ++a) {
      const V input = hn::Set(d, x[a * p.x_stride + i]);
      for (std::size_t v = 0; v < kVectors; ++v) sum[a][v] = hn::MulAdd(input, w[v], sum[a][v]);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t column = j + v * lanes;
    const V scale = hn::LoadU(d, p.scale + column), bias = hn::LoadU(d, p.bias + column);
    for (std::size_t a = 0; a < kRows; ++a) {
      V y = hn::MulAdd(sum[a][v], scale, bias);
      // the smaller operand of Max must not hide NaN
      if (p.activation == Activation::relu) y = hn::IfThenZeroElse(hn::Lt(y, hn::Zero(d)), y);
      hn::StoreU(y, d, p.y + (r + a) * p.y_stride + column);
    }
  }
}

// All rows of kVectors vectors of columns. kTall is the height of a full tile.
template <std::size_t kTall, std::size_t kVectors, class D>
HWY_INLINE void int8_panel(D d, const Int8Product& p, std::size_t j) {
  std::size_t r = 0;
  for (; r + kTall <= p.rows; r += kTall) int8_tile<kTall, kVectors>(d, p, r, j);
  for (; r < p.rows; ++r) int8_tile<1, kVectors>(d, p, r, j);
}

HWY_NOINLINE void tanh_of_row(float* y, std::size_t size) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    hn::StoreU(tanh_lanes(d, hn::LoadU(d, y + i)), d, y + i);
  }
  for (; i < size; ++i) hn::StoreU(tanh_lanes(d1, hn::LoadU(d1, y + i)), d1, y + i);
}

void Int8Forward(const Int8Product& p) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  // 16 (8) sums in flight where there are 32 (16) vector registers
  constexpr std::size_t kTall = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM ? 8 : 4;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  if (p.rows == 1) {  // one chain per column: several vectors hide the latency
    for (; j + 8 * lanes <= p.cols; j += 8 * lanes) int8_tile<1, 8>(d, p, 0, j);
  }
  for (; j + 2 * lanes <= p.cols; j += 2 * lanes) int8_panel<kTall, 2>(d, p, j);
  for (; j + lanes <= p.cols; j += lanes) int8_panel<kTall, 1>(d, p, j);
  for (; j + hn::Lanes(d4) <= p.cols; j += hn::Lanes(d4)) int8_panel<kTall, 1>(d4, p, j);
  for (; j < p.cols; ++j) int8_panel<kTall, 1>(d1, p, j);
  if (p.activation != Activation::tanh) return;
  for (std::size_t r = 0; r < p.rows; ++r) tanh_of_row(p.y + r * p.y_stride, p.cols);
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

HWY_EXPORT(QuantizeInt8);
HWY_EXPORT(Int8Forward);

namespace {

void check(bool holds, const char* name, std::size_t value, const char* rule, std::size_t wanted) {
  if (holds) return;
  throw_argument("int8_linear", std::string(name) + " " + std::to_string(value) + ": must be " +
                                    rule + ", " + std::to_string(wanted));
}

}  // namespace

void quantize_int8(ConstMatrixView weight, BasicMatrixView<std::int8_t> quantized,
                   std::span<float> scale) {
  check(quantized.rows == weight.rows, "rows of quantized", quantized.rows, "those of weight",
        weight.rows);
  check(quantized.cols == weight.cols, "columns of quantized", quantized.cols, "those of weight",
        weight.cols);
  check(scale.size() == weight.cols, "scales", scale.size(), "the columns of weight", weight.cols);
  for (std::size_t i = 0; i < weight.rows; ++i) {
    if (all_finite(weight.row(i))) continue;
    throw_argument("int8_linear", "weight: row " + std::to_string(i) +
                                      " holds NaN or infinity: must be finite to be quantized");
  }
  PAVLOV_DISPATCH(QuantizeInt8)
  ({weight.data, weight.stride, weight.rows, weight.cols, quantized.data, quantized.stride,
    scale.data()});
}

void int8_linear_forward(ConstMatrixView x, BasicMatrixView<const std::int8_t> weight,
                         std::span<const float> scale, std::span<const float> bias,
                         Activation activation, MatrixView y) {
  check(weight.rows == x.cols, "rows of weight", weight.rows, "the columns of x", x.cols);
  check(scale.size() == weight.cols, "scales", scale.size(), "the columns of weight", weight.cols);
  check(bias.size() == weight.cols, "biases", bias.size(), "the columns of weight", weight.cols);
  check(y.cols == weight.cols, "columns of y", y.cols, "those of weight", weight.cols);
  check(y.rows == x.rows, "rows of y", y.rows, "those of x", x.rows);
  PAVLOV_DISPATCH(Int8Forward)
  ({x.rows, weight.cols, x.cols, x.data, x.stride, weight.data, weight.stride, scale.data(),
    bias.data(), activation, y.data, y.stride});
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
