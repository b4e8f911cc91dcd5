// Row buffers: tensors that grow to the largest batch they have seen, and allocate nothing from
// then on.
#pragma once

#include <cstddef>

#include "pavlov/kernels/tensor.h"

namespace pavlov::agents {

// The first `rows` rows of `buffer`, which belongs to matrices of `cols` columns. What it held is
// lost where it grows.
inline kernels::MatrixView first_rows(kernels::Tensor& buffer, std::size_t rows, std::size_t cols) {
  if (buffer.empty() || buffer.dim(0) < rows) buffer = kernels::Tensor({rows, cols});
  return buffer.matrix().rows_from(0, rows);
}

}  // namespace pavlov::agents
