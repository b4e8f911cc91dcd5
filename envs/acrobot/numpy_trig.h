// Sine and cosine of a float32 as NumPy 2 computes them, bit for bit.
#pragma once

namespace pavlov::envs {

struct NumpySinCos {
  float sin, cos;
};

// NumPy has a kernel of its own where multiply-add is fused (numpy/_core/src/umath,
// loops_trigonometric), for |x| <= 117435.992 (cosine: 71476.0625), the angles that its reduction
// in three parts holds for. Beyond, for NaN, and where nothing is fused it calls the C library.
NumpySinCos numpy_sin_cos(float x, bool fused);

}  // namespace pavlov::envs
