// Checks of the shapes that launchers are given: one message for all of them. For this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

inline std::string shape_text(std::size_t rows, std::size_t cols) {
  return "(" + std::to_string(rows) + "," + std::to_string(cols) + ")";
}

template <class T>
void check_shape(std::string_view op, std::string_view name, const BasicMatrixView<T>& view,
                 std::size_t rows, std::size_t cols) {
  if (view.rows == rows && view.cols == cols) return;
  throw_argument(op, std::string(name) + " " + shape_text(view.rows, view.cols) + ": must be " +
                         shape_text(rows, cols));
}

inline void check_size(std::string_view op, std::string_view name, std::size_t size,
                       std::size_t wanted) {
  if (size == wanted) return;
  throw_argument(op, std::string(name) + " has " + std::to_string(size) + " elements: must have " +
                         std::to_string(wanted));
}

inline void check_least(std::string_view op, std::string_view name, std::size_t value,
                        std::size_t least) {
  if (value >= least) return;
  throw_argument(op, std::string(name) + " " + std::to_string(value) + ": must be at least " +
                         std::to_string(least));
}

template <class T>
Table<T> table(const BasicMatrixView<T>& view) {
  return {view.data, view.rows, view.cols, view.stride};
}

// Null where a span is empty: an argument that was left out.
template <class T>
T* pointer_or_null(std::span<T> values) {
  return values.empty() ? nullptr : values.data();
}

}  // namespace pavlov::kernels::cuda
