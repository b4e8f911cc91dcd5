#include "pavlov/kernels/bf16_linear.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/bf16_linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/packed_weights-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

void Bf16Forward(const PackedProduct<std::uint16_t>& p) { packed_forward(p); }

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

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
