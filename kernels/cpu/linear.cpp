#include "pavlov/kernels/linear.h"

#include "pavlov/kernels/linear_backend.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/linear.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"
#include "pavlov/kernels/cpu/gemm-inl.h"
#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/one_row-inl.h"
#include "pavlov/kernels/cpu/zero_columns-inl.h"

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

// Lets a product skip zeros of A (rows,depth), unit depth stride: those of depths at which it is
// zero in every row, or single ones.
HWY_INLINE void skip_zeros(Product& p, std::uint32_t* list) {
  p.visits = nonzero_columns(p.a, p.rows, p.depth, p.a_row, list);
  p.skip_entries = zeros_are_scattered(p, p.visits);
  if (!p.skip_entries && p.visits < p.depth) p.depth_list = list;
}

void LinearForwardRow(const float* x, const RowLayer* layers, float* const* y, std::size_t count) {
  RowList lists[2];  // of the layer at hand and of the next
  const RowList* visits = nullptr;
  for (std::size_t k = 0; k < count; ++k) {
    const RowLayer& layer = layers[k];
    const ConstMatrixView& w = layer.weight;
    const bool relu = layer.activation == Activation::relu;
    RowList* nonzero = relu && k + 1 < count && w.cols <= kMostRowListed ? &lists[k % 2] : nullptr;
    if (nonzero != nullptr) nonzero->size = 0;
    const RowProduct p{k == 0 ? x : y[k - 1],
                       w.rows,
                       visits,
                       w.data,
                       w.stride,
                       layer.bias,
                       y[k],
                       w.cols,
                       relu,
                       nonzero};
    row_product<8>(hn::ScalableTag<float>(), p, 0);
    if (layer.activation == Activation::tanh) tanh_in_place(y[k], w.cols);
    visits = nonzero;
  }
}

void LinearForward(const ConstMatrixView& x, const ConstMatrixView& weight, const float* bias,
                   Activation activation, const MatrixView& y, bool copy_panels) {
  Product p{};
  p.rows = x.rows;
  p.cols = weight.cols;
  p.depth = weight.rows;
  p.a = x.data;
  p.a_row = x.stride;
  p.a_depth = 1;
  p.b = weight.data;
  p.b_stride = weight.stride;
  p.panel = copy_panels ? Panel::copied : Panel::none;
  p.start = bias;
  p.c = y.data;
  p.c_row = y.stride;
  p.relu = activation == Activation::relu;
  std::uint32_t depths[kMostListed];
  skip_zeros(p, depths);
  multiply(p);
  if (activation != Activation::tanh) return;
  if (y.stride == y.cols) {
    tanh_in_place(y.data, y.rows * y.cols);
  } else {
    for (std::size_t r = 0; r < y.rows; ++r) tanh_in_place(y.data + r * y.stride, y.cols);
  }
}

// dz over dy, kVectors vectors of columns at a time and then half as many, and its column sums
// added to dbias.
template <int kVectors, class D>
HWY_INLINE void gate(D d, const Gate& g, std::size_t rows, std::size_t cols, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  for (; j + kWidth <= cols; j += kWidth) {
    gate_columns<kVectors>(AllLanes<D>{d}, g, 0, rows, j, nullptr);
  }
  if (j == cols) return;
  if constexpr (kVectors > 1) {
    gate<kVectors / 2>(d, g, rows, cols, j);
  } else if constexpr (hn::MaxLanes(D()) > 1) {
    gate<1>(hn::Half<D>(), g, rows, cols, j);
  }
}

// Of a head with few columns: the transposed product has the long vectors.
void add_narrow_weight_gradient(const ConstMatrixView& x, const MatrixView& dz,
                                const MatrixView& dweight, float* scratch) {
  transpose(dweight.data, dweight.stride, dweight.rows, dweight.cols, scratch, x.cols);
  Product p{};
  p.rows = dz.cols;
  p.cols = x.cols;
  p.depth = x.rows;
  p.a = dz.data;
  p.a_row = 1;
  p.a_depth = dz.stride;
  p.b = x.data;
  p.b_stride = x.stride;
  p.start = p.c = scratch;
  p.start_row = p.c_row = x.cols;
  multiply(p);
  transpose(scratch, x.cols, dz.cols, x.cols, dweight.data, dweight.stride);
}

// dz over dy, dbias += its column sums, dweight += x^T dz. Over many inputs it pays to use the
// panels of dz as they are made.
void add_weight_gradient(const ConstMatrixView& x, const Gate& g, const MatrixView& dweight) {
  constexpr std::size_t kLeastPanelRows = 128;
  Product p{};
  p.rows = x.cols;
  p.cols = dweight.cols;
  p.depth = x.rows;
  p.a = x.data;
  p.a_row = 1;
  p.a_depth = x.stride;
  p.start = p.c = dweight.data;
  p.start_row = p.c_row = dweight.stride;
  // Inputs that are zero for the whole batch leave their row of the gradient as it is.
  std::uint32_t rows[kMostListed];
  const std::size_t used = nonzero_columns(x.data, x.rows, x.cols, x.stride, rows);
  p.skip_entries = zeros_are_scattered(p, used);
  if (!p.skip_entries && p.rows >= kLeastPanelRows) {
    p.panel = Panel::gated;
    p.gate = &g;
  } else {
    gate<4>(hn::ScalableTag<float>(), g, p.depth, p.cols, 0);
    p.b = g.dy;
    p.b_stride = g.dy_stride;
  }
  if (!p.skip_entries && used < x.cols) {
    p.row_list = rows;
    p.rows = used;
  }
  multiply(p);
}

// dx = dz weight^T, times the slope of the activation below.
void input_gradient(const ConstMatrixView& weight, const MatrixView& dz, const Slope& slope,
                    const MatrixView& dx) {
  Product p{};
  p.rows = dz.rows;
  p.cols = weight.rows;
  p.depth = weight.cols;
  p.a = dz.data;
  p.a_row = dz.stride;
  p.a_depth = 1;
  p.b = weight.data;
  p.b_stride = weight.stride;
  p.panel = Panel::transposed;
  p.c = dx.data;
  p.c_row = dx.stride;
  p.slope = slope;
  std::uint32_t depths[kMostListed];
  skip_zeros(p, depths);
  multiply(p);
}

void LinearBackward(const ConstMatrixView& x, const ConstMatrixView& weight,
                    const ConstMatrixView& y, Activation activation, const MatrixView& dy,
                    const MatrixView& dweight, float* dbias, const MatrixView& dx, bool wants_dx,
                    float* scratch, Activation input_activation) {
  const Gate g{{activation, y.data, y.stride}, dy.data, dy.stride, dbias};
  if (dy.cols <= kNarrowColumns && x.cols > dy.cols) {
    gate<1>(hn::CappedTag<float, kNarrowColumns>(), g, dy.rows, dy.cols, 0);
    add_narrow_weight_gradient(x, dy, dweight, scratch);
  } else {
    add_weight_gradient(x, g, dweight);
  }
  if (wants_dx) input_gradient(weight, dy, {input_activation, x.data, x.stride}, dx);
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

HWY_EXPORT(LinearForward);
HWY_EXPORT(LinearForwardRow);
HWY_EXPORT(LinearBackward);

namespace {

using HWY_NAMESPACE::kNarrowColumns;

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
  const bool copy_panels =
      linear_forward_backend(x.rows, x.cols, y.cols, weight.stride) == LinearBackend::copied_panels;
  PAVLOV_DISPATCH(LinearForward)(x, weight, bias.data(), activation, y, copy_panels);
}

void linear_forward_row(std::span<const float> x, std::span<const RowLayer> layers,
                        std::span<float* const> y) {
  check_size("y", y.size(), layers.size());
  std::size_t width = x.size();
  for (const RowLayer& layer : layers) {
    check_shape("weight", layer.weight, width, layer.weight.cols);
    width = layer.weight.cols;
  }
  PAVLOV_DISPATCH(LinearForwardRow)(x.data(), layers.data(), y.data(), layers.size());
}

std::size_t linear_backward_scratch(std::size_t inputs, std::size_t outputs) {
  return outputs <= kNarrowColumns ? outputs * inputs : 0;
}

void linear_backward(ConstMatrixView x, ConstMatrixView weight, ConstMatrixView y,
                     Activation activation, MatrixView dy, MatrixView dweight,
                     std::span<float> dbias, MatrixView dx, std::span<float> scratch,
                     Activation input_activation) {
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
  (x, weight, y, activation, dy, dweight, dbias.data(), dx, wants_dx, scratch.data(),
   input_activation);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
