#include "pavlov/kernels/convert.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/convert.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// On the bits of the numbers: half of what is dropped, less one where the kept part is even, is
// added before it is dropped.
template <class D>
HWY_INLINE void narrow(D d, const float* x, std::uint16_t* out) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> d16;
  const auto number = hn::LoadU(d, x);
  const auto bits = hn::BitCast(du, number);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF)));
  // rounding a NaN could carry into the sign; the bit makes it quiet, and keeps it from infinity
  const auto quiet = hn::Or(bits, hn::Set(du, 0x00400000));
  const auto is_nan = hn::RebindMask(du, hn::IsNaN(number));
  const auto kept = hn::ShiftRight<16>(hn::IfThenElse(is_nan, quiet, rounded));
  hn::StoreU(hn::TruncateTo(d16, kept), d16, out);
}

template <class D>
HWY_INLINE void widen(D d, const std::uint16_t* x, float* out) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> d16;
  const auto bits = hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(d16, x)));
  hn::StoreU(hn::BitCast(d, bits), d, out);
}

void ToBfloat16(const float* x, std::uint16_t* out, std::size_t size) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) narrow(d, x + i, out + i);
  for (; i < size; ++i) narrow(d1, x + i, out + i);
}

void FromBfloat16(const std::uint16_t* x, float* out, std::size_t size) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) widen(d, x + i, out + i);
  for (; i < size; ++i) widen(d1, x + i, out + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(ToBfloat16);
HWY_EXPORT(FromBfloat16);

namespace {

void check_sizes(std::size_t x, std::size_t out) {
  if (x == out) return;
  throw_argument("convert", "x " + std::to_string(x) + ", out " + std::to_string(out) +
                                " elements: must be equal");
}

}  // namespace

void to_bfloat16(std::span<const float> x, std::span<std::uint16_t> out) {
  check_sizes(x.size(), out.size());
  PAVLOV_DISPATCH(ToBfloat16)(x.data(), out.data(), x.size());
}

void from_bfloat16(std::span<const std::uint16_t> x, std::span<float> out) {
  check_sizes(x.size(), out.size());
  PAVLOV_DISPATCH(FromBfloat16)(x.data(), out.data(), x.size());
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
