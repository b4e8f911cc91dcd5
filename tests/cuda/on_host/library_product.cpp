// Large products as plain loops: what cuBLAS does on a device.
#include "pavlov/kernels/cuda/library_product.h"

#include "pavlov/kernels/cuda/run_on_host-inl.h"

namespace pavlov::kernels::cuda {

// Sooner than on a device, so that small tests go both ways.
bool library_is_faster(std::size_t rows, std::size_t cols, std::size_t depth) {
  return rows * cols * depth >= 64 * 64 * 96;
}

void library_product(Stream& stream, const LibraryFactor& a, const LibraryFactor& b, bool add,
                     MatrixView c) {
  const std::size_t depth = a.transposed ? a.matrix.rows : a.matrix.cols;
  run_or_capture(stream, {"product", {c.rows, c.cols, depth}}, [=] {
    for (std::size_t i = 0; i < c.rows; ++i) {
      for (std::size_t j = 0; j < c.cols; ++j) {
        double sum = 0.0;
        for (std::size_t k = 0; k < depth; ++k) {
          const float left = a.transposed ? a.matrix(k, i) : a.matrix(i, k);
          const float right = b.transposed ? b.matrix(j, k) : b.matrix(k, j);
          sum += static_cast<double>(left) * static_cast<double>(right);
        }
        c(i, j) = static_cast<float>(sum) + (add ? c(i, j) : 0.0f);
      }
    }
  });
}

}  // namespace pavlov::kernels::cuda
