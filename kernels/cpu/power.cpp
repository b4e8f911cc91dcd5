#include "pavlov/kernels/power.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/power.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE void power_vector(D d, const double* x, double exponent, double* y) {
  const auto log = hn::Log(d, hn::LoadU(d, x));
  hn::StoreU(hn::Exp(d, hn::Mul(log, hn::Set(d, exponent))), d, y);
}

void Power(const double* x, double exponent, double* y, std::size_t size) {
  const hn::ScalableTag<double> d;
  const hn::CappedTag<double, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) power_vector(d, x + i, exponent, y + i);
  for (; i < size; ++i) power_vector(d1, x + i, exponent, y + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(Power);

void power(std::span<const double> x, double exponent, std::span<double> y) {
  require(exponent >= -1.0 && exponent <= 1.0, "power", "exponent", exponent, "in [-1, 1]");
  if (x.size() != y.size()) {
    throw_argument("power", "y has " + std::to_string(y.size()) + " elements: must have " +
                                std::to_string(x.size()));
  }
  if (exponent == 0.0) {
    std::ranges::fill(y, 1.0);
  } else if (exponent == 1.0) {
    std::ranges::copy(x, y.begin());
  } else {
    PAVLOV_DISPATCH(Power)(x.data(), exponent, y.data(), x.size());
  }
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
