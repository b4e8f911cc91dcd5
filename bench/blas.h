// The BLAS that LibTorch brought into this program, as a baseline of its own.
#pragma once

#include <string>

#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

// Which it is, and the processor it believes to run on: "OpenBLAS for SkylakeX"; see fast_blas.h.
std::string blas_name();

// c (M,N) = a (M,K) b (K,N), row-major, by sgemm. Throws std::runtime_error where there is none.
void blas_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c);

}  // namespace pavlov::bench
