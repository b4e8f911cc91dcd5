#include "pavlov/bench/blas.h"

#include <dlfcn.h>

#include "pavlov/kernels/check.h"

namespace pavlov::bench {
namespace {

using Corename = char* (*)();
// Fortran: matrices by columns, everything by address.
using Sgemm = void (*)(const char* transpose_a, const char* transpose_b, const int* m, const int* n,
                       const int* k, const float* alpha, const float* a, const int* a_stride,
                       const float* b, const int* b_stride, const float* beta, float* c,
                       const int* c_stride);

Sgemm find_sgemm() {
  auto* const found = reinterpret_cast<Sgemm>(dlsym(RTLD_DEFAULT, "sgemm_"));
  if (found == nullptr) kernels::throw_runtime("blas", "no sgemm_ in this program: needs a BLAS");
  return found;
}

}  // namespace

std::string blas_name() {
  auto* const corename = reinterpret_cast<Corename>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return corename == nullptr ? "a BLAS that is not OpenBLAS"
                             : std::string("OpenBLAS for ") + corename();
}

void blas_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c) {
  static const Sgemm sgemm = find_sgemm();
  const int m = static_cast<int>(a.dim(0));
  const int k = static_cast<int>(a.dim(1));
  const int n = static_cast<int>(b.dim(1));
  const float one = 1.0f;
  const float zero = 0.0f;
  // By columns our rows are columns: c^T = b^T a^T.
  sgemm("N", "N", &n, &m, &k, &one, b.data(), &n, a.data(), &k, &zero, c.data(), &n);
}

}  // namespace pavlov::bench
