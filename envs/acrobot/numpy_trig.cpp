#include "pavlov/envs/acrobot/numpy_trig.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace pavlov::envs {

NumpySinCos numpy_sin_cos(float x, bool fused) {
  constexpr float kSineLimit = 117435.992f, kCosineLimit = 71476.0625f;
  if (!fused || !(std::abs(x) <= kSineLimit)) return {std::sin(x), std::cos(x)};

  // x - n pi/2, with pi/2 in three parts.
  const float shifted = std::fma(x, 0x1.45f306p-1f, 0x1.8p23f);
  const auto quadrant = std::bit_cast<std::uint32_t>(shifted);
  const float n = shifted - 0x1.8p23f;
  float r = std::fma(n, -0x1.921fb0p0f, x);
  r = std::fma(n, -0x1.5110b4p-22f, r);
  r = std::fma(n, -0x1.846988p-48f, r);

  const float z = r * r;
  float c = std::fma(0x1.98e616p-16f, z, -0x1.6c06dcp-10f);
  c = std::fma(c, z, 0x1.55553cp-5f);
  c = std::fma(c, z, -0.5f);
  c = std::fma(c, z, 1.0f);
  float s = std::fma(0x1.7d3bbcp-19f, z, -0x1.a06bbap-13f);
  s = std::fma(s, z, 0x1.11119ap-7f);
  s = std::fma(s, z, -0x1.555556p-3f);
  s = s * z + 0.0f;  // not -0, so that the sine of -0 is -0
  s = std::fma(s, r, r);

  // Quadrants 0..3: (s, c), (c, -s), (-s, -c), (-c, s).
  const float sine = (quadrant & 1) != 0 ? c : s, cosine = (quadrant & 1) != 0 ? -s : c;
  NumpySinCos result = {sine, cosine};
  if ((quadrant & 2) != 0) result = {-sine, -cosine};
  if (!(std::abs(x) <= kCosineLimit)) result.cos = std::cos(x);
  return result;
}

}  // namespace pavlov::envs
