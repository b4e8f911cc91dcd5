// Kernels of arithmetic.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

struct ScaleElement {
  float* x;
  float factor;
  PAVLOV_FN void operator()(std::size_t i) const { x[i] *= factor; }
};

struct AddElement {
  const float* x;
  float* to;
  PAVLOV_FN void operator()(std::size_t i) const { to[i] += x[i]; }
};

struct AbsoluteDifference {
  const float* a;
  const float* b;
  float* out;
  PAVLOV_FN void operator()(std::size_t i) const { out[i] = ::fabsf(a[i] - b[i]); }
};

}  // namespace pavlov::kernels::cuda
