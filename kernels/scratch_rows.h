// Scratch that grows to the largest batch it has seen, and is not allocated again from then on.
#pragma once

#include <cstddef>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// The first `rows` rows of `scratch`, which becomes (>= rows, cols). Values are kept as long as it
// need not grow.
inline MatrixView scratch_rows(Tensor& scratch, std::size_t rows, std::size_t cols) {
  if (scratch.empty() || scratch.dim(0) < rows || scratch.dim(1) != cols) {
    scratch = Tensor({rows, cols});
  }
  return scratch.matrix().rows_from(0, rows);
}

}  // namespace pavlov::kernels
