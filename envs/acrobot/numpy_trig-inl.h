// Sine and cosine of a float32 as NumPy 2 computes them where multiply-add is fused, |x| at most
// 7.1e4: a function that CUDA code may call too. See numpy_trig.h.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "pavlov/envs/acrobot/numpy_trig.h"
#include "pavlov/kernels/simd/region.h"

namespace pavlov::envs {

PAVLOV_FN NumpySinCos numpy_sin_cos_fused(float x) {
  // x - n pi/2, with pi/2 in three parts.
  const float shifted = ::fmaf(x, 0x1.45f306p-1f, 0x1.8p23f);
  std::uint32_t quadrant = 0;
  std::memcpy(&quadrant, &shifted, sizeof quadrant);
  const float n = shifted - 0x1.8p23f;
  float r = ::fmaf(n, -0x1.921fb0p0f, x);
  r = ::fmaf(n, -0x1.5110b4p-22f, r);
  r = ::fmaf(n, -0x1.846988p-48f, r);

  const float z = r * r;
  float c = ::fmaf(0x1.98e616p-16f, z, -0x1.6c06dcp-10f);
  c = ::fmaf(c, z, 0x1.55553cp-5f);
  c = ::fmaf(c, z, -0.5f);
  c = ::fmaf(c, z, 1.0f);
  float s = ::fmaf(0x1.7d3bbcp-19f, z, -0x1.a06bbap-13f);
  s = ::fmaf(s, z, 0x1.11119ap-7f);
  s = ::fmaf(s, z, -0x1.555556p-3f);
  s = s * z + 0.0f;  // not -0, so that the sine of -0 is -0
  s = ::fmaf(s, r, r);

  // Quadrants 0..3: (s, c), (c, -s), (-s, -c), (-c, s).
  const float sine = (quadrant & 1) != 0 ? c : s, cosine = (quadrant & 1) != 0 ? -s : c;
  if ((quadrant & 2) != 0) return {-sine, -cosine};
  return {sine, cosine};
}

}  // namespace pavlov::envs
