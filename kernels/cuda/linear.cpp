#include "pavlov/kernels/cuda/linear.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/library_product.h"
#include "pavlov/kernels/cuda/linear-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

static_assert(static_cast<int>(Activation::identity) == kIdentity);
static_assert(static_cast<int>(Activation::relu) == kRelu);
static_assert(static_cast<int>(Activation::tanh) == kTanh);

// dweight += x^T dz
void add_weight_gradient(Stream& stream, ConstMatrixView x, ConstMatrixView dz,
                         MatrixView dweight) {
  if (library_is_faster(x.cols, dz.cols, x.rows)) {
    library_product(stream, {x, true}, {dz, false}, true, dweight);
    return;
  }
  ProductKernel p{};
  p.rows = x.cols;
  p.cols = dz.cols;
  p.depth = x.rows;
  p.a = {x.data, 1, x.stride};
  p.b = {dz.data, 1, dz.stride};
  p.start = p.c = dweight.data;
  p.start_stride = p.c_stride = dweight.stride;
  launch(stream, {"linear_backward dweight", {p.rows, p.cols, p.depth}}, p);
}

// dx = dz weight^T
void input_gradient(Stream& stream, ConstMatrixView weight, ConstMatrixView dz, MatrixView dx) {
  if (library_is_faster(dz.rows, weight.rows, weight.cols)) {
    library_product(stream, {dz, false}, {weight, true}, false, dx);
    return;
  }
  ProductKernel p{};
  p.rows = dz.rows;
  p.cols = weight.rows;
  p.depth = weight.cols;
  p.a = {dz.data, dz.stride, 1};
  p.b = {weight.data, weight.stride, 1};
  p.c = dx.data;
  p.c_stride = dx.stride;
  launch(stream, {"linear_backward dx", {p.rows, p.cols, p.depth}}, p);
}

}  // namespace

void linear_forward(Stream& stream, ConstMatrixView x, ConstMatrixView weight,
                    std::span<const float> bias, Activation activation, MatrixView y) {
  check_shape("linear", "weight", weight, x.cols, y.cols);
  check_shape("linear", "y", y, x.rows, weight.cols);
  check_size("linear", "bias", bias.size(), weight.cols);
  if (y.empty()) return;
  const Operation operation{"linear_forward", {x.rows, x.cols, y.cols}};
  if (library_is_faster(y.rows, y.cols, x.cols)) {
    library_product(stream, {x, false}, {weight, false}, false, y);
    const AddBias add{table(y), bias.data(), static_cast<int>(activation)};
    launch(stream, operation, Elements<AddBias>{add, y.rows * y.cols});
    return;
  }
  ProductKernel p{};
  p.rows = y.rows;
  p.cols = y.cols;
  p.depth = x.cols;
  p.a = {x.data, x.stride, 1};
  p.b = {weight.data, 1, weight.stride};
  p.start = bias.data();
  p.c = y.data;
  p.c_stride = y.stride;
  p.activation = static_cast<int>(activation);
  launch(stream, operation, p);
}

void linear_backward(Stream& stream, ConstMatrixView x, ConstMatrixView weight, ConstMatrixView y,
                     Activation activation, MatrixView dy, MatrixView dweight,
                     std::span<float> dbias, MatrixView dx) {
  check_shape("linear", "weight", weight, x.cols, dy.cols);
  check_shape("linear", "y", y, x.rows, dy.cols);
  check_shape("linear", "dy", dy, x.rows, dy.cols);
  check_shape("linear", "dweight", dweight, weight.rows, weight.cols);
  check_size("linear", "dbias", dbias.size(), weight.cols);
  if (!dx.empty()) check_shape("linear", "dx", dx, x.rows, x.cols);
  if (dy.empty()) return;
  const GateTerm term{table(y), table(dy), static_cast<int>(activation), dbias.data()};
  launch(stream, {"linear_backward dbias", {dy.rows, dy.cols}},
         ColumnSums<GateTerm>{term, dy.rows, dy.cols});
  add_weight_gradient(stream, x, dy, dweight);
  if (!dx.empty()) input_gradient(stream, weight, dy, dx);
}

}  // namespace pavlov::kernels::cuda
