// Compiled instead of library_product.cpp where CUDA is off or not installed.
#include "pavlov/kernels/cuda/library_product.h"

namespace pavlov::kernels::cuda {

bool library_is_faster(std::size_t, std::size_t, std::size_t) { return false; }
void library_product(Stream&, const LibraryFactor&, const LibraryFactor&, bool, MatrixView) {
  throw_runtime("cuda", "product has no CUDA in this build");
}

}  // namespace pavlov::kernels::cuda
