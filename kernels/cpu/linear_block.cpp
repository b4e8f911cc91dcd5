#include "pavlov/kernels/linear_block.h"

#include "pavlov/kernels/linear.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/linear_block.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"
#include "pavlov/kernels/cpu/gemm-inl.h"
#include "pavlov/kernels/cpu/zero_columns-inl.h"

#ifndef PAVLOV_KERNELS_CPU_LINEAR_BLOCK_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_LINEAR_BLOCK_ARGUMENTS

namespace pavlov::kernels {
namespace {

// Rows row[first[a]], row[first[a] + 1], ... up to row[first[a + 1]] want block a.
struct SortedRows {
  const std::uint32_t* row;
  const std::uint32_t* first;
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

void LinearBlockForward(const ConstMatrixView& x, const ConstMatrixView& weight, const float* bias,
                        const SortedRows& sorted, const MatrixView& y) {
  Product p{};
  p.cols = y.cols;
  p.depth = x.cols;
  p.a = x.data;
  p.a_row = x.stride;
  p.a_depth = 1;
  p.b_stride = weight.stride;
  p.c = y.data;
  p.c_row = y.stride;
  std::uint32_t depths[kMostListed];
  p.visits = nonzero_columns(x.data, x.rows, x.cols, x.stride, depths);
  if (p.visits < p.depth) p.depth_list = depths;
  const std::uint32_t* first = sorted.first;
  for (std::size_t column = 0; column < weight.cols; column += y.cols, ++first) {
    p.row_list = sorted.row + first[0];
    p.rows = first[1] - first[0];
    p.b = weight.data + column;
    p.start = bias + column;
    multiply(p);
  }
}

void LinearBlockBackward(const ConstMatrixView& x, const ConstMatrixView& weight,
                         const SortedRows& sorted, const ConstMatrixView& dy,
                         const MatrixView& dweight, float* dbias, const MatrixView& dx,
                         bool wants_dx) {
  Product of_weight{};
  of_weight.rows = x.cols;
  of_weight.cols = dy.cols;
  of_weight.depth = x.rows;
  of_weight.a = x.data;
  of_weight.a_row = 1;
  of_weight.a_depth = x.stride;
  of_weight.b = dy.data;
  of_weight.b_stride = dy.stride;
  of_weight.start_row = of_weight.c_row = dweight.stride;
  // Inputs that are zero for the whole batch leave their row of the gradient as it is.
  std::uint32_t inputs[kMostListed];
  const std::size_t used = nonzero_columns(x.data, x.rows, x.cols, x.stride, inputs);
  if (used < x.cols) {
    of_weight.row_list = inputs;
    of_weight.rows = used;
  }
  Product of_input{};
  of_input.cols = weight.rows;
  of_input.depth = dy.cols;
  of_input.a = dy.data;
  of_input.a_row = dy.stride;
  of_input.a_depth = 1;
  of_input.b_stride = weight.stride;
  of_input.panel = Panel::transposed;
  of_input.c = dx.data;
  of_input.c_row = dx.stride;
  const std::uint32_t* first = sorted.first;
  for (std::size_t column = 0; column < weight.cols; column += dy.cols, ++first) {
    const std::uint32_t* row = sorted.row + first[0];
    const std::size_t rows = first[1] - first[0];
    if (rows == 0) continue;
    for (std::size_t k = 0; k < rows; ++k) {
      map([](hn::ScalableTag<float>, auto sum, auto g) HWY_ATTR { return hn::Add(sum, g); },
          dbias + column, dy.cols, dbias + column, dy.data + row[k] * dy.stride);
    }
    of_weight.start = of_weight.c = dweight.data + column;
    of_weight.depth_list = row;
    of_weight.visits = rows;
    multiply(of_weight);
    if (!wants_dx) continue;
    of_input.row_list = row;
    of_input.rows = rows;
    of_input.b = weight.data + column;
    multiply(of_input);
  }
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

HWY_EXPORT(LinearBlockForward);
HWY_EXPORT(LinearBlockBackward);

namespace {

void check_matrix(const char* name, const ConstMatrixView& m, std::size_t rows, std::size_t cols) {
  if (m.rows == rows && m.cols == cols) return;
  throw_argument("linear_block", std::string(name) + " " + dimensions_text(m) + ": must be (" +
                                     std::to_string(rows) + ", " + std::to_string(cols) + ")");
}

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("linear_block", std::string(name) + " has " + std::to_string(size) +
                                     " elements: must have " + std::to_string(wanted));
}

}  // namespace

void BlockRows::assign(std::span<const std::int32_t> block, std::size_t blocks) {
  if (blocks > 0x7fffffff || !all_in_range(block, static_cast<std::int32_t>(blocks))) {
    throw_argument("linear_block", "a block is outside [0, " + std::to_string(blocks) + ")");
  }
  first_.assign(blocks + 1, 0);
  row_.resize(block.size());
  for (const std::int32_t b : block) ++first_[static_cast<std::size_t>(b) + 1];
  for (std::size_t k = 0; k < blocks; ++k) first_[k + 1] += first_[k];
  for (std::size_t r = 0; r < block.size(); ++r) {
    row_[first_[static_cast<std::size_t>(block[r])]++] = static_cast<std::uint32_t>(r);
  }
  for (std::size_t k = blocks; k > 0; --k) first_[k] = first_[k - 1];
  first_[0] = 0;
}

void linear_block_forward(ConstMatrixView x, ConstMatrixView weight, std::span<const float> bias,
                          const BlockRows& rows, MatrixView y) {
  check_matrix("weight", weight, x.cols, rows.blocks() * y.cols);
  check_size("bias", bias.size(), weight.cols);
  check_matrix("y", y, x.rows, y.cols);
  check_size("block", rows.rows(), x.rows);
  if (y.empty()) return;
  PAVLOV_DISPATCH(LinearBlockForward)
  (x, weight, bias.data(), {rows.sorted(), rows.first()}, y);
}

void linear_block_backward(ConstMatrixView x, ConstMatrixView weight, const BlockRows& rows,
                           ConstMatrixView dy, MatrixView dweight, std::span<float> dbias,
                           MatrixView dx) {
  check_matrix("weight", weight, x.cols, rows.blocks() * dy.cols);
  check_matrix("dy", dy, x.rows, dy.cols);
  check_matrix("dweight", dweight, weight.rows, weight.cols);
  check_size("dbias", dbias.size(), weight.cols);
  check_size("block", rows.rows(), x.rows);
  const bool wants_dx = !dx.empty();
  if (wants_dx) check_matrix("dx", dx, x.rows, x.cols);
  if (dy.empty()) return;
  PAVLOV_DISPATCH(LinearBlockBackward)
  (x, weight, {rows.sorted(), rows.first()}, dy, dweight, dbias.data(), dx, wants_dx);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
