// Numbers that may be many: the operations from which formulas are written once.
//
// A formula is a template over V. In a multi-target source V is Lanes<D>, one SIMD vector whose
// lanes are independent numbers; elsewhere V is double. Both offer + - * /, the comparisons (which
// give masks), and the functions below. A test may bring a number type of its own.
//
//   fma(a, b, c)      a*b + c, one rounding on targets with the instruction (see below for others)
//   nfma(a, b, c)     -a*b + c, likewise
//   select(m, a, b)   m ? a : b
//   minimum(a, b)     a < b ? a : b, and maximum(a, b) likewise
//   clamp(a, low, high)   maximum(low, minimum(a, high)), in this order of operands
//   square_root(a)
//   absolute(a)       |a|, by clearing the sign bit
//   copy_sign(a, s)   |a| with the sign bit of s
//   flip_sign(a, s)   a with its sign bit flipped where that of s is set
//   truncate(a)       a without its fraction
//   to_float(a)       the nearest float32, as a number of a's own type
//   narrow(a), widen<V>(f)   to lanes of float32 (FloatsOf<V>), as many, and back
//   power_of_two(a)   2^floor(log2 |a|) for normal a, by clearing sign and mantissa
//   bit_set<k>(a)     mask: bit k of the number's representation is set
//   either, both, not_of, any   on masks
//   map_where(m, a, f)   a with f(lane) in the lanes where m holds
//   divide_by(a, c)   a / c for a constant of which the reciprocal is known in two parts
//   divide(a, c)      a / c, a division, whether c is such a constant or a number
//   kOneNumber<V>     V is a single number, for which a branch costs less than both its sides
//
// Without the instruction, fma on lanes of doubles follows the C library (simd_has_fma): it rounds
// once, slowly, where the library does, so all targets of a machine agree; on lanes of floats it
// rounds twice. The portable double form always rounds once.
#if defined(PAVLOV_KERNELS_SIMD_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_LANES_INL_H
#undef PAVLOV_KERNELS_SIMD_LANES_INL_H
#else
#define PAVLOV_KERNELS_SIMD_LANES_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <cstring>

#include "pavlov/kernels/simd/library_fma.h"
#include "pavlov/kernels/simd/region.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

// True for One (one-inl.h). The portable double takes the way of the vectors, whose reference it
// is.
template <class V>
inline constexpr bool kOneNumber = false;

// A constant c > 0 to divide by, and 1/c = reciprocal + reciprocal_low.
//
// On targets with fused multiply-add, a/c is fma(a, reciprocal, a * reciprocal_low): Brisebarre,
// Muller and Raina, "Accelerating correctly rounded floating-point division when the divisor is
// known in advance" (IEEE Trans. Computers 53(8), 2004), algorithm 1. It is the correctly rounded
// quotient for all finite a != 0 whose quotient is a normal number, for a constant for which the
// candidates have been checked one by one (tests/envs/divisor_test.cpp does).
struct Divisor {
  double value;
  double reciprocal;
  double reciprocal_low;
};

#if defined(HWY_TARGET)

namespace hn = hwy::HWY_NAMESPACE;

// One truth value per lane.
template <class D>
struct LaneMask {
  static constexpr std::size_t kLanes = hn::MaxLanes(D());
  hn::Mask<D> raw;

  friend PAVLOV_FN LaneMask either(LaneMask a, LaneMask b) { return {hn::Or(a.raw, b.raw)}; }
  friend PAVLOV_FN LaneMask both(LaneMask a, LaneMask b) { return {hn::And(a.raw, b.raw)}; }
  friend PAVLOV_FN LaneMask not_of(LaneMask a) { return {hn::Not(a.raw)}; }
  friend PAVLOV_FN bool any(LaneMask a) { return !hn::AllFalse(D(), a.raw); }

  // Bit i is lane i.
  PAVLOV_FN std::uint64_t bits() const {
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(D(), raw, bytes);
    std::uint64_t word = bytes[0];
    for (std::size_t k = 1; 8 * k < hn::MaxLanes(D()); ++k)
      word |= std::uint64_t{bytes[k]} << 8 * k;
    return word;
  }
  static PAVLOV_FN LaneMask from_bits(std::uint64_t word) {
    std::uint8_t bytes[8];
    std::memcpy(bytes, &word, sizeof(word));
    return {hn::LoadMaskBits(D(), bytes)};
  }
};

#if !HWY_NATIVE_FMA
// a*b + c, one rounding.
template <class D>
HWY_NOINLINE hn::Vec<D> fused_one_by_one(hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
  double x[hn::MaxLanes(D())], y[hn::MaxLanes(D())], z[hn::MaxLanes(D())];
  hn::StoreU(a, D(), x);
  hn::StoreU(b, D(), y);
  hn::StoreU(c, D(), z);
  for (std::size_t i = 0; i < hn::Lanes(D()); ++i) z[i] = ::fma(x[i], y[i], z[i]);
  return hn::LoadU(D(), z);
}
#endif

template <class D>
struct Lanes {
  using Tag = D;
  using T = hn::TFromD<D>;
  using Integers = hn::RebindToSigned<D>;
  using Mask = LaneMask<D>;
  static constexpr std::size_t kLanes = hn::MaxLanes(D());
  static constexpr hn::TFromD<Integers> kExponentBits =
      static_cast<hn::TFromD<Integers>>(sizeof(T) == 4 ? 0x7f800000ll : 0x7ff0000000000000ll);
  hn::Vec<D> raw;

  Lanes() = default;
  PAVLOV_FN Lanes(hn::Vec<D> vector) : raw(vector) {}       // NOLINT
  PAVLOV_FN Lanes(T number) : raw(hn::Set(D(), number)) {}  // NOLINT
  static PAVLOV_FN Lanes load(const T* from) { return hn::LoadU(D(), from); }
  // 0 with the sign bit of lane k set where from[k] is odd.
  static PAVLOV_FN Lanes sign_where_odd(const std::int32_t* from) {
    const auto narrow = hn::LoadU(hn::Rebind<std::int32_t, D>(), from);
    if constexpr (sizeof(T) == 4) {
      return hn::BitCast(D(), hn::ShiftLeft<31>(narrow));
    } else {
      return hn::BitCast(D(), hn::ShiftLeft<63>(hn::PromoteTo(Integers(), narrow)));
    }
  }
  // The numbers from[0], from[1], ..., exactly (float lanes: below 2^24).
  static PAVLOV_FN Lanes from_numbers(const std::int32_t* from) {
    const auto narrow = hn::LoadU(hn::Rebind<std::int32_t, D>(), from);
    if constexpr (sizeof(T) == 4) {
      return hn::ConvertTo(D(), narrow);
    } else {
      return hn::PromoteTo(D(), narrow);
    }
  }
  static PAVLOV_FN Lanes from_numbers(const float* from) {
    const auto narrow = hn::LoadU(hn::Rebind<float, D>(), from);
    if constexpr (sizeof(T) == 4) {
      return narrow;
    } else {
      return hn::PromoteTo(D(), narrow);
    }
  }
  PAVLOV_FN void store(T* to) const { hn::StoreU(raw, D(), to); }
  // The same numbers as double.
  PAVLOV_FN void store_wide(double* to) const {
    if constexpr (sizeof(T) == 8) {
      hn::StoreU(raw, D(), to);
    } else if constexpr (kLanes == 1) {
      *to = static_cast<double>(hn::GetLane(raw));
    } else {
#if HWY_TARGET != HWY_SCALAR
      const hn::Half<D> half;
      const hn::Rebind<double, hn::Half<D>> wide;
      hn::StoreU(hn::PromoteTo(wide, hn::LowerHalf(half, raw)), wide, to);
      hn::StoreU(hn::PromoteTo(wide, hn::UpperHalf(half, raw)), wide, to + kLanes / 2);
#endif
    }
  }

  friend PAVLOV_FN Lanes operator+(Lanes a, Lanes b) { return hn::Add(a.raw, b.raw); }
  friend PAVLOV_FN Lanes operator-(Lanes a, Lanes b) { return hn::Sub(a.raw, b.raw); }
  friend PAVLOV_FN Lanes operator*(Lanes a, Lanes b) { return hn::Mul(a.raw, b.raw); }
  friend PAVLOV_FN Lanes operator/(Lanes a, Lanes b) { return hn::Div(a.raw, b.raw); }
  friend PAVLOV_FN Lanes operator-(Lanes a) { return hn::Neg(a.raw); }
  friend PAVLOV_FN Mask operator<(Lanes a, Lanes b) { return {hn::Lt(a.raw, b.raw)}; }
  friend PAVLOV_FN Mask operator>(Lanes a, Lanes b) { return {hn::Gt(a.raw, b.raw)}; }
  friend PAVLOV_FN Mask operator<=(Lanes a, Lanes b) { return {hn::Le(a.raw, b.raw)}; }
  friend PAVLOV_FN Mask operator>=(Lanes a, Lanes b) { return {hn::Ge(a.raw, b.raw)}; }

  friend PAVLOV_FN Lanes fma(Lanes a, Lanes b, Lanes c) {
#if !HWY_NATIVE_FMA
    if constexpr (sizeof(T) == 8) {
      if (simd_detail::library_fuses) return fused_one_by_one<D>(a.raw, b.raw, c.raw);
    }
#endif
    return hn::MulAdd(a.raw, b.raw, c.raw);
  }
  friend PAVLOV_FN Lanes nfma(Lanes a, Lanes b, Lanes c) {
#if HWY_NATIVE_FMA
    return hn::NegMulAdd(a.raw, b.raw, c.raw);
#else
    return fma(-a, b, c);
#endif
  }
  friend PAVLOV_FN Lanes select(Mask m, Lanes a, Lanes b) {
    return hn::IfThenElse(m.raw, a.raw, b.raw);
  }
  friend PAVLOV_FN Lanes minimum(Lanes a, Lanes b) {
#if HWY_ARCH_X86
    return hn::Min(a.raw, b.raw);  // elsewhere it orders the zeros
#else
    return select(a < b, a, b);
#endif
  }
  friend PAVLOV_FN Lanes maximum(Lanes a, Lanes b) {
#if HWY_ARCH_X86
    return hn::Max(a.raw, b.raw);
#else
    return select(a > b, a, b);
#endif
  }
  friend PAVLOV_FN Lanes square_root(Lanes a) { return hn::Sqrt(a.raw); }
  friend PAVLOV_FN Lanes absolute(Lanes a) { return hn::Abs(a.raw); }
  friend PAVLOV_FN Lanes copy_sign(Lanes a, Lanes s) { return hn::CopySign(a.raw, s.raw); }
  friend PAVLOV_FN Lanes flip_sign(Lanes a, Lanes s) {
    return hn::Xor(a.raw, hn::And(s.raw, hn::SignBit(D())));
  }

  friend PAVLOV_FN Lanes clamp(Lanes a, Lanes low, Lanes high) {
    return maximum(low, minimum(a, high));
  }
  friend PAVLOV_FN Lanes truncate(Lanes a) { return hn::Trunc(a.raw); }
  friend PAVLOV_FN Lanes to_float(Lanes a) {
    if constexpr (sizeof(T) == 4) {
      return a;
    } else {
      return hn::PromoteTo(D(), hn::DemoteTo(hn::Rebind<float, D>(), a.raw));
    }
  }
  friend PAVLOV_FN Lanes power_of_two(Lanes a) {
    return hn::And(a.raw, hn::BitCast(D(), hn::Set(Integers(), kExponentBits)));
  }

  template <class F>
  friend PAVLOV_FN Lanes map_where(Mask m, Lanes a, F f) {
    T lane[hn::MaxLanes(D())];
    a.store(lane);
    for (std::size_t i = 0; i < hn::Lanes(D()); ++i) {
      if ((m.bits() >> i & 1) != 0) lane[i] = f(lane[i]);
    }
    return load(lane);
  }
};

template <class D>
PAVLOV_FN Lanes<D> divide_by(Lanes<D> a, const Divisor& c) {
#if HWY_NATIVE_FMA
  return fma(a, Lanes<D>(c.reciprocal), a * Lanes<D>(c.reciprocal_low));
#else
  return a / Lanes<D>(c.value);
#endif
}

// Numbers of float32, one per lane of V.
template <class V>
struct FloatsOfType;
template <class D>
struct FloatsOfType<Lanes<D>> {
  using Type = Lanes<hn::Rebind<float, D>>;
};
template <class V>
using FloatsOf = typename FloatsOfType<V>::Type;

template <class D>
PAVLOV_FN FloatsOf<Lanes<D>> narrow(Lanes<D> a) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return a;
  } else {
    return FloatsOf<Lanes<D>>(hn::DemoteTo(hn::Rebind<float, D>(), a.raw));
  }
}
template <class V>
struct Widened;
template <class D>
struct Widened<Lanes<D>> {
  static PAVLOV_FN Lanes<D> from(FloatsOf<Lanes<D>> a) {
    if constexpr (sizeof(hn::TFromD<D>) == 4) {
      return a;
    } else {
      return Lanes<D>(hn::PromoteTo(D(), a.raw));
    }
  }
};
template <class V>
PAVLOV_FN V widen(FloatsOf<V> a) {
  return Widened<V>::from(a);
}

template <class D>
PAVLOV_FN Lanes<D> divide(Lanes<D> a, const Divisor& c) {
  return a / Lanes<D>(c.value);
}
template <class D>
PAVLOV_FN Lanes<D> divide(Lanes<D> a, Lanes<D> c) {
  return a / c;
}

template <int k, class D>
PAVLOV_FN LaneMask<D> bit_set(Lanes<D> a) {
  const typename Lanes<D>::Integers integers;
  const auto bit = hn::Set(integers, hn::TFromD<typename Lanes<D>::Integers>{1} << k);
  return {hn::RebindMask(D(), hn::TestBit(hn::BitCast(integers, a.raw), bit))};
}

#else  // one number

PAVLOV_FN double fma(double a, double b, double c) { return ::fma(a, b, c); }
PAVLOV_FN double nfma(double a, double b, double c) { return ::fma(-a, b, c); }
PAVLOV_FN double select(bool m, double a, double b) { return m ? a : b; }
PAVLOV_FN bool either(bool a, bool b) { return a || b; }
PAVLOV_FN bool both(bool a, bool b) { return a && b; }
PAVLOV_FN bool not_of(bool a) { return !a; }
PAVLOV_FN bool any(bool a) { return a; }
PAVLOV_FN double divide_by(double a, const Divisor& c) { return a / c.value; }
PAVLOV_FN double divide(double a, const Divisor& c) { return a / c.value; }
PAVLOV_FN double divide(double a, double c) { return a / c; }
PAVLOV_FN double clamp(double a, double low, double high) {
  const double most = a < high ? a : high;
  return low > most ? low : most;
}
PAVLOV_FN double truncate(double a) { return ::trunc(a); }
PAVLOV_FN double to_float(double a) { return static_cast<double>(static_cast<float>(a)); }
PAVLOV_FN double absolute(double a) { return ::fabs(a); }

PAVLOV_FN float select(bool m, float a, float b) { return m ? a : b; }
PAVLOV_FN float minimum(float a, float b) { return a < b ? a : b; }
PAVLOV_FN float maximum(float a, float b) { return a > b ? a : b; }
PAVLOV_FN float clamp(float a, float low, float high) { return maximum(low, minimum(a, high)); }
PAVLOV_FN float absolute(float a) { return ::fabsf(a); }
PAVLOV_FN float square_root(float a) { return ::sqrtf(a); }
template <class V>
using FloatsOf = float;
PAVLOV_FN float narrow(double a) { return static_cast<float>(a); }
template <class V>
PAVLOV_FN V widen(float a) {
  return V(static_cast<double>(a));
}

PAVLOV_FN double copy_sign(double a, double s) { return ::copysign(a, s); }

PAVLOV_FN std::uint64_t representation(double a) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &a, sizeof(bits));
  return bits;
}

PAVLOV_FN double power_of_two(double a) {
  const std::uint64_t bits = representation(a) & 0x7ff0000000000000u;
  std::memcpy(&a, &bits, sizeof(bits));
  return a;
}

PAVLOV_FN double flip_sign(double a, double s) { return (representation(s) >> 63) != 0 ? -a : a; }

template <int k>
PAVLOV_FN bool bit_set(double a) {
  return (representation(a) >> k & 1) != 0;
}

template <class F>
PAVLOV_FN double map_where(bool m, double a, F f) {
  return m ? f(a) : a;
}

#endif

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_LANES_INL_H
