// Elementary functions of one float32: the formulas of cpu/math-inl.h, so the errors stated there.
//
// Fused multiply-adds are written as such, and no function of a library is called: the host and a
// device give the same bits, those of the SIMD targets with fused multiply-add. NaN stays NaN.
// C++17.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "pavlov/kernels/simd/region.h"

namespace pavlov::kernels::cuda {

PAVLOV_FN std::int32_t bits_of(float x) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
PAVLOV_FN float from_bits(std::int32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

PAVLOV_FN float infinity() { return from_bits(0x7f800000); }
PAVLOV_FN float not_a_number() { return from_bits(0x7fc00000); }
PAVLOV_FN bool is_nan(float x) { return x != x; }
PAVLOV_FN bool is_finite(float x) { return x - x == 0.0f; }
PAVLOV_FN bool is_finite(double x) { return x - x == 0.0; }

// The nearer bound where x is outside; NaN where x is.
PAVLOV_FN float at_least(float bound, float x) { return x < bound ? bound : x; }
PAVLOV_FN float at_most(float bound, float x) { return x > bound ? bound : x; }

namespace math {

constexpr float kRoundingShift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer

// x = n ln 2 + r, n an integer and |r| <= ln(2)/2; `bits` ends in n.
struct ReducedExponent {
  float n, r;
  std::int32_t bits;
};
PAVLOV_FN ReducedExponent reduce_exponent(float x) {
  const float shifted = ::fmaf(x, 1.44269504f, kRoundingShift);
  const float n = shifted - kRoundingShift;
  float r = ::fmaf(-n, 0.693359375f, x);
  r = ::fmaf(-n, -2.12194440e-4f, r);
  return {n, r, bits_of(shifted)};
}

// (e^r - 1) / r for |r| <= ln(2)/2.
PAVLOV_FN float exp_slope(float r) {
  float p = 1.38201355e-3f;
  p = ::fmaf(p, r, 8.36868584e-3f);
  p = ::fmaf(p, r, 4.16682735e-2f);
  p = ::fmaf(p, r, 1.66665211e-1f);
  p = ::fmaf(p, r, 4.99999940e-1f);
  return ::fmaf(p, r, 1.0f);
}

// Bits of a float32 with n more in its exponent field.
PAVLOV_FN float add_to_exponent(float v, std::int32_t bits) {
  return from_bits(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits_of(v)) +
                                             (static_cast<std::uint32_t>(bits) << 23)));
}

// v 2^n, rounded once, for integer n in [-252, 256].
PAVLOV_FN float times_power_of_two(float v, float n) {
  const std::int32_t bits = bits_of(n + (kRoundingShift + 254.0f));
  const std::int32_t first = bits >> 1, second = bits - first;
  return v * add_to_exponent(0.0f, first) * add_to_exponent(0.0f, second);
}

}  // namespace math

// e^x, at most 1.2 ulp off; overflows to infinity, underflows through denormals.
PAVLOV_FN float exp_of(float x) {
  const math::ReducedExponent p = math::reduce_exponent(at_most(89.0f, at_least(-104.0f, x)));
  return math::times_power_of_two(::fmaf(math::exp_slope(p.r), p.r, 1.0f), p.n);
}

// e^x for x <= 0, at most 1.2 ulp off; 0 below -87.3.
PAVLOV_FN float exp_of_negative(float x) {
  constexpr float kLeast = -87.3f;
  if (!(x >= kLeast)) return is_nan(x) ? x : 0.0f;
  const math::ReducedExponent p = math::reduce_exponent(x);
  return math::add_to_exponent(::fmaf(math::exp_slope(p.r), p.r, 1.0f), p.bits);
}

// tanh x, at most 2 ulp off.
PAVLOV_FN float tanh_of(float x) {
  const float magnitude = ::fabsf(x);
  if (magnitude < 0.625f) {
    const float square = x * x;
    float p = -5.70498872745e-3f;
    p = ::fmaf(p, square, 2.06390887954e-2f);
    p = ::fmaf(p, square, -5.37397155531e-2f);
    p = ::fmaf(p, square, 1.33314422036e-1f);
    p = ::fmaf(p, square, -3.33332819422e-1f);
    return ::copysignf(::fmaf(p * square, magnitude, magnitude), x);
  }
  if (is_nan(x)) return x;
  const float bounded = at_most(9.1f, magnitude);
  const float shifted = ::fmaf(bounded, 2.0f * 1.44269504f, math::kRoundingShift);
  const float r = ::fmaf(-(shifted - math::kRoundingShift), 0.34657359f, bounded);
  float q = 32.0f * 8.31265934e-3f;
  q = ::fmaf(q, r, 16.0f * 4.18906175e-2f);
  q = ::fmaf(q, r, 8.0f * 1.66671142e-1f);
  q = ::fmaf(q, r, 4.0f * 4.99992281e-1f);
  q = ::fmaf(q, r, 2.0f);
  const float e = math::add_to_exponent(::fmaf(q, r, 1.0f), bits_of(shifted));
  return ::copysignf(1.0f - 2.0f / (e + 1.0f), x);
}

// 1 / (1 + e^-x), at most 2 ulp off.
PAVLOV_FN float sigmoid_of(float x) {
  const math::ReducedExponent p = math::reduce_exponent(at_most(104.0f, at_least(-104.0f, -x)));
  const float q = math::exp_slope(p.r) * p.r;
  const float c = math::times_power_of_two(1.0f, -::fabsf(p.n));
  const bool grows = p.n > 0.0f;
  return (grows ? c : 1.0f) / (1.0f + ::fmaf(grows ? 1.0f : c, q, c));
}

// ln x for positive normal x, at most 1.5 ulp off; infinity and NaN stay.
PAVLOV_FN float log_of(float x) {
  constexpr std::int32_t kRootOfHalf = 0x3f3504f3;
  const std::int32_t above = bits_of(x) - kRootOfHalf;
  const auto n = static_cast<float>(above >> 23);
  const float f = from_bits((above & 0x007fffff) + kRootOfHalf) - 1.0f;
  float p = 7.0376836292e-2f;
  p = ::fmaf(p, f, -1.1514610310e-1f);
  p = ::fmaf(p, f, 1.1676998740e-1f);
  p = ::fmaf(p, f, -1.2420140846e-1f);
  p = ::fmaf(p, f, 1.4249322787e-1f);
  p = ::fmaf(p, f, -1.6668057665e-1f);
  p = ::fmaf(p, f, 2.0000714765e-1f);
  p = ::fmaf(p, f, -2.4999993993e-1f);
  p = ::fmaf(p, f, 3.3333331174e-1f);
  const float square = f * f;
  float low = ::fmaf(p * f, square, n * -2.12194440e-4f);
  low = ::fmaf(-0.5f, square, low);
  return ::fmaf(n, 0.693359375f, f + low) + (x - x);
}

// Phi(-z) / e^(-z^2/2) for z in [0, 13.3], relative error 5e-9 before rounding.
PAVLOV_FN float mills_ratio(float z) {
  float a = 0.00402023202107f;
  a = ::fmaf(a, z, 0.0399844541419f);
  a = ::fmaf(a, z, 0.181307592589f);
  a = ::fmaf(a, z, 0.435687436329f);
  a = ::fmaf(a, z, 0.500000002484f);
  float b = 0.0100770840455f;
  b = ::fmaf(b, z, 0.100233544189f);
  b = ::fmaf(b, z, 0.464382532709f);
  b = ::fmaf(b, z, 1.19448766495f);
  b = ::fmaf(b, z, 1.66925979159f);
  b = ::fmaf(b, z, 1.0f);
  return a / b;
}

}  // namespace pavlov::kernels::cuda
