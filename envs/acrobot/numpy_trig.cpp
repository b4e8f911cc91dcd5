#include "pavlov/envs/acrobot/numpy_trig.h"

#include <cmath>

#include "pavlov/envs/acrobot/numpy_trig-inl.h"

namespace pavlov::envs {

NumpySinCos numpy_sin_cos(float x, bool fused) {
  constexpr float kSineLimit = 117435.992f, kCosineLimit = 71476.0625f;
  if (!fused || !(std::abs(x) <= kSineLimit)) return {std::sin(x), std::cos(x)};
  NumpySinCos result = numpy_sin_cos_fused(x);
  if (!(std::abs(x) <= kCosineLimit)) result.cos = std::cos(x);
  return result;
}

}  // namespace pavlov::envs
