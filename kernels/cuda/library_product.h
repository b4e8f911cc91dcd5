// Large matrix products on the device, by cuBLAS.
//
// The library is loaded at its first use, because a program that starts with it waits a tenth of a
// second. Its handle belongs to a stream and brings a workspace of its own, so the first large
// product on a stream allocates: do the work once before capturing it. float32, without
// TensorFloat-32; the same order of summation in every run on one device. For this folder.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// The one place that chooses: products of at least 2^25 multiply-adds, where the library can be
// loaded. Below, a launch costs about as much as the work, and the kernel of linear-inl.h saves
// one: bias and activation are part of it. (Chosen by count; not measured on a device.)
bool library_is_faster(std::size_t rows, std::size_t cols, std::size_t depth);

// A matrix as it lies, or its transpose.
struct LibraryFactor {
  ConstMatrixView matrix;
  bool transposed;
};

// c = a b, or c += a b with `add`. Throws std::runtime_error where the library refuses.
void library_product(Stream& stream, const LibraryFactor& a, const LibraryFactor& b, bool add,
                     MatrixView c);

}  // namespace pavlov::kernels::cuda
