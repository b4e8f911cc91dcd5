#include "pavlov/kernels/noise.h"

#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/noise.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/partial-inl.h"

#ifndef PAVLOV_KERNELS_CPU_NOISE_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_NOISE_ARGUMENTS

namespace pavlov::kernels {
namespace {

constexpr std::size_t kBlock = 512;

// One block: words in pairs of radius and angle.
struct NoiseBlock {
  const std::uint32_t* radius;  // (half) words, padded to whole vectors
  const std::uint32_t* angle;   // likewise
  float* out;
  std::size_t half;
  std::size_t size;  // 2 half, or one less
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

struct CosSin {
  FloatVector cos, sin;
};

// Of 2 pi v for v = turns 2^-24, turns in [0, 2^24): the quarter turn nearest to v is taken off
// exactly; Cephes sinf.c (Moshier 1992) for the rest, on [-pi/4, pi/4].
HWY_INLINE CosSin cos_sin(hn::Vec<hn::RebindToSigned<Floats>> turns) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  constexpr float kHalfPi = 1.57079633f;
  const auto quarters = hn::ShiftRight<22>(hn::Add(turns, hn::Set(di, 1 << 21)));
  const auto rest = hn::Sub(turns, hn::ShiftLeft<22>(quarters));
  const auto x = hn::Mul(hn::ConvertTo(d, rest), hn::Set(d, kHalfPi * 0x1p-22f));
  const auto z = hn::Mul(x, x);
  auto s = hn::Set(d, -1.9515295891e-4f);
  s = hn::MulAdd(s, z, hn::Set(d, 8.3321608736e-3f));
  s = hn::MulAdd(s, z, hn::Set(d, -1.6666654611e-1f));
  s = hn::MulAdd(hn::Mul(x, z), s, x);
  auto c = hn::Set(d, 2.443315711809948e-5f);
  c = hn::MulAdd(c, z, hn::Set(d, -1.388731625493765e-3f));
  c = hn::MulAdd(c, z, hn::Set(d, 4.166664568298827e-2f));
  c = hn::MulAdd(hn::Mul(z, z), c, hn::NegMulAdd(hn::Set(d, 0.5f), z, hn::Set(d, 1.0f)));
  const auto one = hn::Set(di, 1), two = hn::Set(di, 2);
  const auto odd = hn::RebindMask(d, hn::Eq(hn::And(quarters, one), one));
  const auto sine = hn::IfThenElse(odd, c, s);
  const auto cosine = hn::IfThenElse(odd, hn::Neg(s), c);
  const auto turned = hn::RebindMask(d, hn::Eq(hn::And(quarters, two), two));
  return {hn::IfThenElse(turned, hn::Neg(cosine), cosine),
          hn::IfThenElse(turned, hn::Neg(sine), sine)};
}

template <bool kFactor>
HWY_INLINE void noise_block(const NoiseBlock& p) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const hn::RebindToUnsigned<Floats> du;
  const std::size_t lanes = hn::Lanes(d);
  const auto upper_24_bits = [du, di](const std::uint32_t* words) HWY_ATTR {
    return hn::BitCast(di, hn::ShiftRight<8>(hn::Load(du, words)));
  };
  const auto keep = [d, lanes](FloatVector v, float* out, std::size_t i, std::size_t end) HWY_ATTR {
    if constexpr (kFactor) v = hn::CopySign(hn::Sqrt(hn::Abs(v)), v);
    if (i + lanes <= end) {
      hn::StoreU(v, d, out + i);
    } else if (i < end) {
      store_first(v, d, out + i, end - i);
    }
  };
  for (std::size_t i = 0; i < p.half; i += lanes) {
    const auto word = hn::Add(upper_24_bits(p.radius + i), hn::Set(di, 1));
    const auto u = hn::Mul(hn::ConvertTo(d, word), hn::Set(d, 0x1p-24f));
    const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log_lanes(d, u)));
    const CosSin direction = cos_sin(upper_24_bits(p.angle + i));
    keep(hn::Mul(radius, direction.cos), p.out, i, p.half);
    keep(hn::Mul(radius, direction.sin), p.out + p.half, i, p.size - p.half);
  }
}

void NormalBlock(const NoiseBlock& p) { noise_block<false>(p); }
void FactorNoiseBlock(const NoiseBlock& p) { noise_block<true>(p); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(NormalBlock);
HWY_EXPORT(FactorNoiseBlock);

namespace {

template <class Function>
void draw(RandomStream& random, std::span<float> out, const Function& function) {
  alignas(64) std::uint32_t radius[kBlock / 2];
  alignas(64) std::uint32_t angle[kBlock / 2];
  while (!out.empty()) {
    const std::size_t size = std::min(out.size(), kBlock), half = (size + 1) / 2;
    random.fill({radius, half});
    random.fill({angle, half});
    // The kernel reads whole vectors, of at most 16 lanes.
    const std::size_t padded = std::min((half + 15) / 16 * 16, kBlock / 2);
    std::fill(radius + half, radius + padded, 0u);
    std::fill(angle + half, angle + padded, 0u);
    function({radius, angle, out.data(), half, size});
    out = out.subspan(size);
  }
}

}  // namespace

void draw_normal(RandomStream& random, std::span<float> out) {
  draw(random, out, PAVLOV_DISPATCH_POINTER(NormalBlock));
}

void draw_factor_noise(RandomStream& random, std::span<float> out) {
  draw(random, out, PAVLOV_DISPATCH_POINTER(FactorNoiseBlock));
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
