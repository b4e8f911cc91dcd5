// Sine and cosine of a float32 as NumPy 2 computes them, bit for bit.
#pragma once

namespace pavlov::envs {

struct NumpySinCos {
  float sin, cos;
};

// NumPy has a kernel of its own where multiply-add is fused (numpy/core/src/umath,
// loops_trigonometric), for |x| up to 1.2e5 (cosine: 7.1e4); elsewhere it calls the C library.
NumpySinCos numpy_sin_cos(float x, bool fused);

}  // namespace pavlov::envs
