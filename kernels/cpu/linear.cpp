#include "pavlov/kernels/linear.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"
#include "pavlov/kernels/cpu/gemm-inl.h"
#include "pavlov/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

// Only the fields of a view are used here: its member functions are shared with other sources and
// must not be compiled for this target.

struct Tanh {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return tanh_lanes(d, x);
  }
};

HWY_NOINLINE void tanh_in_place(float* y, std::size_t size) { map(Tanh{}, y, size, y); }

// Lets a product skip the depths at which A (rows,depth), unit depth stride, is zero in every row.
HWY_INLINE void skip_zero_depths(Product& p, std::uint32_t* list) {
  p.visits = nonzero_columns(p.a, p.rows, p.depth, p.a_row, list);
  if (p.visits < p.depth) p.depth_list = list;
}

void LinearForward(const ConstMatrixView& x, const ConstMatrixView& weight, const float* bias,
                   Activation activation, const MatrixView& y) {
  Product p{};
  p.rows = x.rows;
  p.cols = weight.cols;
  p.depth = weight.rows;
  p.a = x.data;
  p.a_row = x.stride;
  p.a_depth = 1;
  p.b = weight.data;
  p.b_stride = weight.stride;
  p.start = bias;
  p.c = y.data;
  p.c_row = y.stride;
  p.relu = activation == Activation::relu;
  std::uint32_t depths[kMostListed];
  skip_zero_depths(p, depths);
  multiply(p);
  if (activation != Activation::tanh) return;
  if (y.stride == y.cols) {
    tanh_in_place(y.data, y.rows * y.cols);
  } else {
    for (std::size_t r = 0; r < y.rows; ++r) tanh_in_place(y.data + r * y.stride, y.cols);
  }
}

// dy * act'(y) for one vector.
template <class D, class V>
HWY_INLINE V gate(D d, Activation activation, V y, V dy) {
  if (activation == Activation::relu) return hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), dy);
  if (activation == Activation::tanh) {
    return hn::Mul(dy, hn::NegMulAdd(y, y, hn::Set(d, 1.0f)));
  }
  return dy;
}

// One vector of columns: dz over dy, and its column sums added to dbias.
template <class D>
HWY_INLINE void gate_columns(D d, Activation activation, const ConstMatrixView& y,
                             const MatrixView& dy, float* dbias, std::size_t j) {
  auto sum = hn::LoadU(d, dbias + j);
  for (std::size_t r = 0; r < dy.rows; ++r) {
    float* at = dy.data + r * dy.stride + j;
    const auto dz = gate(d, activation, hn::LoadU(d, y.data + r * y.stride + j), hn::LoadU(d, at));
    hn::StoreU(dz, d, at);
    sum = hn::Add(sum, dz);
  }
  hn::StoreU(sum, d, dbias + j);
}

HWY_NOINLINE void gate_and_sum(Activation activation, const ConstMatrixView& y,
                               const MatrixView& dy, float* dbias) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t j = 0;
  for (; j + hn::Lanes(d) <= dy.cols; j += hn::Lanes(d)) {
    gate_columns(d, activation, y, dy, dbias, j);
  }
  for (; j < dy.cols; ++j) gate_columns(d1, activation, y, dy, dbias, j);
}

// dweight += x^T dz. For a narrow head the transposed product has the long vectors.
void add_weight_gradient(const ConstMatrixView& x, const MatrixView& dz, const MatrixView& dweight,
                         float* scratch) {
  Product p{};
  p.depth = x.rows;
  p.a_row = 1;
  if (dz.cols <= kNarrowColumns && x.cols > dz.cols) {
    transpose(dweight.data, dweight.stride, dweight.rows, dweight.cols, scratch, x.cols);
    p.rows = dz.cols;
    p.cols = x.cols;
    p.a = dz.data;
    p.a_depth = dz.stride;
    p.b = x.data;
    p.b_stride = x.stride;
    p.start = p.c = scratch;
    p.start_row = p.c_row = x.cols;
    multiply(p);
    transpose(scratch, x.cols, dz.cols, x.cols, dweight.data, dweight.stride);
    return;
  }
  p.rows = x.cols;
  p.cols = dz.cols;
  p.a = x.data;
  p.a_depth = x.stride;
  p.b = dz.data;
  p.b_stride = dz.stride;
  p.start = p.c = dweight.data;
  p.start_row = p.c_row = dweight.stride;
  // Inputs that are zero for the whole batch leave their row of the gradient as it is.
  std::uint32_t rows[kMostListed];
  const std::size_t used = nonzero_columns(x.data, x.rows, x.cols, x.stride, rows);
  if (used < x.cols) {
    p.row_list = rows;
    p.rows = used;
    p.visits = p.depth;
  }
  multiply(p);
}

// dx = dz weight^T
void input_gradient(const ConstMatrixView& weight, const MatrixView& dz, const MatrixView& dx,
                    float* scratch) {
  Product p{};
  p.rows = dz.rows;
  p.cols = weight.rows;
  p.depth = weight.cols;
  p.a = dz.data;
  p.a_row = dz.stride;
  p.a_depth = 1;
  p.b = weight.data;
  p.b_stride = weight.stride;
  p.c = dx.data;
  p.c_row = dx.stride;
  p.panel = scratch;
  std::uint32_t depths[kMostListed];
  skip_zero_depths(p, depths);
  multiply(p);
}

void LinearBackward(const ConstMatrixView& x, const ConstMatrixView& weight,
                    const ConstMatrixView& y, Activation activation, const MatrixView& dy,
                    const MatrixView& dweight, float* dbias, const MatrixView& dx, bool wants_dx,
                    float* scratch) {
  gate_and_sum(activation, y, dy, dbias);
  add_weight_gradient(x, dy, dweight, scratch);
  if (wants_dx) input_gradient(weight, dy, dx, scratch);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(LinearForward);
HWY_EXPORT(LinearBackward);

namespace {

using HWY_NAMESPACE::kNarrowColumns;
using HWY_NAMESPACE::kPanelColumns;

std::string shape(std::size_t rows, std::size_t cols) {
  std::string text = "(";
  text += std::to_string(rows);
  text += ",";
  text += std::to_string(cols);
  return text += ")";
}

template <class View>
void check_shape(const char* name, const View& view, std::size_t rows, std::size_t cols) {
  if (view.rows == rows && view.cols == cols) return;
  throw_argument("linear", std::string(name) + " " + shape(view.rows, view.cols) + ": must be " +
                               shape(rows, cols));
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("linear", std::string(name) + " has " + std::to_string(size) +
                               " elements: must have " + std::to_string(wanted));
}

}  // namespace

void linear_forward(ConstMatrixView x, ConstMatrixView weight, std::span<const float> bias,
                    Activation activation, MatrixView y) {
  check_shape("weight", weight, x.cols, y.cols);
  check_shape("y", y, x.rows, weight.cols);
  check_size("bias", bias.size(), weight.cols);
  if (y.empty()) return;
  PAVLOV_DISPATCH(LinearForward)(x, weight, bias.data(), activation, y);
}

std::size_t linear_backward_scratch(std::size_t inputs, std::size_t outputs) {
  return outputs * (outputs <= kNarrowColumns ? std::max(inputs, kPanelColumns) : kPanelColumns);
}

void linear_backward(ConstMatrixView x, ConstMatrixView weight, ConstMatrixView y,
                     Activation activation, MatrixView dy, MatrixView dweight,
                     std::span<float> dbias, MatrixView dx, std::span<float> scratch) {
  check_shape("weight", weight, x.cols, dy.cols);
  check_shape("y", y, x.rows, dy.cols);
  check_shape("dy", dy, x.rows, dy.cols);
  check_shape("dweight", dweight, weight.rows, weight.cols);
  check_size("dbias", dbias.size(), weight.cols);
  const bool wants_dx = !dx.empty();
  if (wants_dx) check_shape("dx", dx, x.rows, x.cols);
  const std::size_t least = linear_backward_scratch(weight.rows, weight.cols);
  if (scratch.size() < least) {
    throw_argument("linear", "scratch has " + std::to_string(scratch.size()) +
                                 " elements: must have at least " + std::to_string(least) +
                                 " (linear_backward_scratch)");
  }
  PAVLOV_DISPATCH(LinearBackward)
  (x, weight, y, activation, dy, dweight, dbias.data(), dx, wants_dx, scratch.data());
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
