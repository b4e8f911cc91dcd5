#include "pavlov/kernels/int8_linear.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/int8_linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/packed_weights-inl.h"

#ifndef PAVLOV_KERNELS_CPU_INT8_LINEAR_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_INT8_LINEAR_ARGUMENTS

namespace pavlov::kernels {
namespace {

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

void Int8Forward(const PackedProduct<std::int8_t>& p) { packed_forward(p); }

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
