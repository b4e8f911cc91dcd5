// Kernels of noisy_weight.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// A weight (I,O) with its bias as row I.
template <class T>
struct AffineTable {
  Table<T> weight;
  T* bias;

  PAVLOV_FN T& operator()(std::size_t r, std::size_t c) const {
    return r == weight.rows ? bias[c] : weight(r, c);
  }
};

struct LayerNoise {
  const float* in;
  const float* out;
  std::size_t inputs;

  PAVLOV_FN float operator()(std::size_t r, std::size_t c) const {
    return r == inputs ? out[c] : in[r] * out[c];
  }
};

struct NoisyWeight {
  AffineTable<const float> mean, scale;
  LayerNoise noise;
  AffineTable<float> out;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / out.weight.cols, c = i % out.weight.cols;
    out(r, c) = ::fmaf(scale(r, c), noise(r, c), mean(r, c));
  }
};

struct NoisyWeightBackward {
  AffineTable<float> d_out;
  LayerNoise noise;
  AffineTable<float> d_mean, d_scale;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / d_out.weight.cols, c = i % d_out.weight.cols;
    const float d = d_out(r, c);
    d_scale(r, c) = ::fmaf(d, noise(r, c), d_scale(r, c));
    d_mean(r, c) += d;
    d_out(r, c) = 0.0f;
  }
};

}  // namespace pavlov::kernels::cuda
