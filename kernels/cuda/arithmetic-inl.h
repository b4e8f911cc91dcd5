// Kernels of arithmetic.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

struct FillElement {
  float* x;
  float value;
  PAVLOV_FN void operator()(std::size_t i) const { x[i] = value; }
};

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

struct NarrowElement {
  const double* x;
  float* out;
  PAVLOV_FN void operator()(std::size_t i) const { out[i] = static_cast<float>(x[i]); }
};

// One thread for all.
struct CheckFinite {
  const float* x;
  std::size_t size;
  float* health;
  PAVLOV_FN void operator()(std::size_t) const {
    for (std::size_t i = 0; i < size; ++i) {
      if (!is_finite(x[i])) *health = not_a_number();
    }
  }
};

struct CopyEntry {
  Table<const float> from;
  Table<float> to;
  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / to.cols, c = i % to.cols;
    to(r, c) = from(r, c);
  }
};

}  // namespace pavlov::kernels::cuda
