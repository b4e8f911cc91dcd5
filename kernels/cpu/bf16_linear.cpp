#include "pavlov/kernels/bf16_linear.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/bf16_linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/packed_weights-inl.h"

#ifndef PAVLOV_KERNELS_CPU_BF16_LINEAR_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_BF16_LINEAR_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct Bf16InputGradient {
  std::size_t rows, inputs, outputs;
  const float* dz;
  std::size_t dz_stride;
  const std::uint16_t* weight;
  std::size_t weight_stride;
  const float* x;
  std::size_t x_stride;
  Activation activation;
  float* dx;
  std::size_t dx_stride;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

float slope(Activation activation, float result) {
  if (activation == Activation::relu) return result > 0.0f ? 1.0f : 0.0f;
  return activation == Activation::tanh ? 1.0f - result * result : 1.0f;
}

// kRows rows from r on and kInputs inputs from i on stay in registers over all outputs. A widened
// weight serves all rows of the tile.
template <std::size_t kRows, std::size_t kInputs>
HWY_INLINE void gradient_tile(const Bf16InputGradient& p, std::size_t r, std::size_t i) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  using V = hn::Vec<decltype(d)>;
  V sum[kRows][kInputs];
  float rest[kRows][kInputs] = {};
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t k = 0; k < kInputs; ++k) sum[a][k] = hn::Zero(d);
  }
  const float* dz = p.dz + r * p.dz_stride;
  const std::uint16_t* weight = p.weight + i * p.weight_stride;
  std::size_t o = 0;
  for (; o + hn::Lanes(d) <= p.outputs; o += hn::Lanes(d)) {
    V g[kRows];
    for (std::size_t a = 0; a < kRows; ++a) g[a] = hn::LoadU(d, dz + a * p.dz_stride + o);
    for (std::size_t k = 0; k < kInputs; ++k) {
      const V w = widen(d, weight + k * p.weight_stride + o);
      for (std::size_t a = 0; a < kRows; ++a) sum[a][k] = hn::MulAdd(g[a], w, sum[a][k]);
    }
  }
  for (; o < p.outputs; ++o) {
    for (std::size_t k = 0; k < kInputs; ++k) {
      const auto w = widen(d1, weight + k * p.weight_stride + o);
      for (std::size_t a = 0; a < kRows; ++a) {
        const auto g = hn::LoadU(d1, dz + a * p.dz_stride + o);
        rest[a][k] = hn::GetLane(hn::MulAdd(g, w, hn::Set(d1, rest[a][k])));
      }
    }
  }
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t k = 0; k < kInputs; ++k) {
      const float total = hn::GetLane(hn::SumOfLanes(d, sum[a][k])) + rest[a][k];
      const float x = p.x[(r + a) * p.x_stride + i + k];
      p.dx[(r + a) * p.dx_stride + i + k] = total * slope(p.activation, x);
    }
  }
}

template <std::size_t kRows>
HWY_INLINE void gradient_rows(const Bf16InputGradient& p, std::size_t r) {
  std::size_t i = 0;
  for (; i + 4 <= p.inputs; i += 4) gradient_tile<kRows, 4>(p, r, i);
  for (; i < p.inputs; ++i) gradient_tile<kRows, 1>(p, r, i);
}

void Bf16Forward(const PackedProduct<std::uint16_t>& p) { packed_forward(p); }

void Bf16Gradient(const Bf16InputGradient& p) {
  // 16 (8) sums in flight where there are 32 (16) vector registers
  constexpr std::size_t kTall = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM ? 4 : 2;
  std::size_t r = 0;
  for (; r + kTall <= p.rows; r += kTall) gradient_rows<kTall>(p, r);
  for (; r < p.rows; ++r) gradient_rows<1>(p, r);
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

HWY_EXPORT(Bf16Forward);
HWY_EXPORT(Bf16Gradient);

namespace {

void check(bool holds, const char* name, std::size_t value, const char* rule, std::size_t wanted) {
  if (holds) return;
  throw_argument("bf16_linear", std::string(name) + " " + std::to_string(value) + ": must be " +
                                    rule + ", " + std::to_string(wanted));
}

}  // namespace

void bf16_linear_forward(ConstMatrixView x, BasicMatrixView<const std::uint16_t> weight,
                         std::span<const float> bias, Activation activation, MatrixView y) {
  check(weight.rows == x.cols, "rows of weight", weight.rows, "the columns of x", x.cols);
  check(bias.size() == weight.cols, "biases", bias.size(), "the columns of weight", weight.cols);
  check(y.cols == weight.cols, "columns of y", y.cols, "those of weight", weight.cols);
  check(y.rows == x.rows, "rows of y", y.rows, "those of x", x.rows);
  PAVLOV_DISPATCH(Bf16Forward)
  ({x.rows, weight.cols, x.cols, x.data, x.stride, weight.data, weight.stride, nullptr, bias.data(),
    activation, y.data, y.stride});
}

void bf16_linear_input_gradient(ConstMatrixView dz, BasicMatrixView<const std::uint16_t> weight,
                                ConstMatrixView x, Activation activation, MatrixView dx) {
  check(weight.cols == dz.cols, "columns of weight", weight.cols, "those of dz", dz.cols);
  check(x.cols == weight.rows, "columns of x", x.cols, "the rows of weight", weight.rows);
  check(x.rows == dz.rows, "rows of x", x.rows, "those of dz", dz.rows);
  check(dx.cols == weight.rows, "columns of dx", dx.cols, "the rows of weight", weight.rows);
  check(dx.rows == dz.rows, "rows of dx", dx.rows, "those of dz", dz.rows);
  PAVLOV_DISPATCH(Bf16Gradient)
  ({dz.rows, weight.rows, weight.cols, dz.data, dz.stride, weight.data, weight.stride, x.data,
    x.stride, activation, dx.data, dx.stride});
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
