#include <cmath>

#include "pavlov/envs/lunar_lander/trig-inl.h"

namespace pavlov::envs::lunar_lander {

Rotation sine_cosine_of(float angle) {
  using namespace portable::trig;  // NOLINT
  if (!(std::abs(angle) < kLibraryLimit)) return {std::sin(angle), std::cos(angle)};
  const auto x = static_cast<double>(angle);
  const int n = (static_cast<std::int32_t>(x * kTurns) + 0x800000) >> 24;
  const auto [sin, cos] = reduced(portable::nfma(n, kHalfPi, x));
  const auto s = static_cast<float>(sin), c = static_cast<float>(cos);
  switch (n & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

}  // namespace pavlov::envs::lunar_lander
