#include "pavlov/kernels/noise.h"

#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/noise.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/partial-inl.h"
#include "pavlov/kernels/cpu/philox-inl.h"

#ifndef PAVLOV_KERNELS_CPU_NOISE_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_NOISE_ARGUMENTS

namespace pavlov::kernels {
namespace {

constexpr std::size_t kBlock = 512;

// Numbers from one place of a stream on.
struct Draw {
  std::uint64_t seed, name_hash, position;  // position: of the next word
  float* out;
  std::size_t size;
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

// One block of p.size <= kBlock numbers; returns how many words it takes.
template <bool kFactor>
HWY_INLINE std::size_t noise_block(const Draw& p) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const hn::RebindToUnsigned<Floats> du;
  const std::size_t lanes = hn::Lanes(d), half = (p.size + 1) / 2, skipped = p.position % 4;
  // Words come in whole groups, and are read a whole vector at a time.
  HWY_ALIGN std::uint32_t words[kBlock + 4 + kPhiloxGroup + hn::MaxLanes(Floats())];
  philox_words(p.seed, p.name_hash, p.position / 4, skipped + 2 * half, words);
  const std::uint32_t* of_radius = words + skipped;
  const std::uint32_t* of_angle = of_radius + half;
  const auto upper_24_bits = [du, di](const std::uint32_t* from) HWY_ATTR {
    return hn::BitCast(di, hn::ShiftRight<8>(hn::LoadU(du, from)));
  };
  const auto keep = [d, lanes](FloatVector v, float* out, std::size_t i, std::size_t end) HWY_ATTR {
    if constexpr (kFactor) v = hn::CopySign(hn::Sqrt(hn::Abs(v)), v);
    if (i + lanes <= end) {
      hn::StoreU(v, d, out + i);
    } else if (i < end) {
      store_first(v, d, out + i, end - i);
    }
  };
  for (std::size_t i = 0; i < half; i += lanes) {
    const auto word = hn::Add(upper_24_bits(of_radius + i), hn::Set(di, 1));
    const auto u = hn::Mul(hn::ConvertTo(d, word), hn::Set(d, 0x1p-24f));
    const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log_lanes(d, u)));
    const CosSin direction = cos_sin(upper_24_bits(of_angle + i));
    keep(hn::Mul(radius, direction.cos), p.out, i, half);
    keep(hn::Mul(radius, direction.sin), p.out + half, i, p.size - half);
  }
  return 2 * half;
}

// Returns the position after the draw.
template <bool kFactor>
HWY_INLINE std::uint64_t noise_blocks(Draw p) {
  for (std::size_t rest = p.size; rest != 0; rest -= p.size, p.out += p.size) {
    p.size = HWY_MIN(rest, kBlock);
    p.position += noise_block<kFactor>(p);
  }
  return p.position;
}

std::uint64_t DrawNormal(const Draw& p) { return noise_blocks<false>(p); }
std::uint64_t DrawFactorNoise(const Draw& p) { return noise_blocks<true>(p); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(DrawNormal);
HWY_EXPORT(DrawFactorNoise);

namespace {

Draw draw_of(const RandomStream& random, std::span<float> out) {
  return {random.seed(), random.name_hash(), random.position(), out.data(), out.size()};
}

}  // namespace

void draw_normal(RandomStream& random, std::span<float> out) {
  random.set_position(PAVLOV_DISPATCH(DrawNormal)(draw_of(random, out)));
}

void draw_factor_noise(RandomStream& random, std::span<float> out) {
  random.set_position(PAVLOV_DISPATCH(DrawFactorNoise)(draw_of(random, out)));
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
