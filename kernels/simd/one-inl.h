// One<T>: a single number of a multi-target source, for the rows that fill no vector.
//
// Lanes of one number would do the same, but here a mask is a truth value, so that the compiler
// branches on it: one row waits for one of two sides, where a vector computes both.
#if defined(PAVLOV_KERNELS_SIMD_ONE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_ONE_INL_H
#undef PAVLOV_KERNELS_SIMD_ONE_INL_H
#else
#define PAVLOV_KERNELS_SIMD_ONE_INL_H
#endif

#include <type_traits>

#include "pavlov/kernels/simd/columns-inl.h"
#include "pavlov/kernels/simd/square-inl.h"

#if defined(HWY_TARGET)

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

struct Truth {
  static constexpr std::size_t kLanes = 1;
  bool raw;

  friend PAVLOV_FN Truth either(Truth a, Truth b) { return {a.raw || b.raw}; }
  friend PAVLOV_FN Truth both(Truth a, Truth b) { return {a.raw && b.raw}; }
  friend PAVLOV_FN Truth not_of(Truth a) { return {!a.raw}; }
  friend PAVLOV_FN bool any(Truth a) { return a.raw; }
  PAVLOV_FN std::uint64_t bits() const { return raw ? 1 : 0; }
};

template <class Number>
struct One {
  using T = Number;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using Mask = Truth;
  static constexpr std::size_t kLanes = 1;
  static constexpr Bits kExponentBits =
      static_cast<Bits>(sizeof(T) == 4 ? 0x7f800000ull : 0x7ff0000000000000ull);
  T raw;

  One() = default;
  PAVLOV_FN One(T number) : raw(number) {}  // NOLINT
  static PAVLOV_FN One load(const T* from) { return *from; }
  static PAVLOV_FN One sign_where_odd(const std::int32_t* from) {
    return from_bits(static_cast<Bits>(*from) << (8 * sizeof(T) - 1));
  }
  template <class From>
  static PAVLOV_FN One from_numbers(const From* from) {
    return static_cast<T>(*from);
  }
  PAVLOV_FN void store(T* to) const { *to = raw; }
  PAVLOV_FN void store_wide(double* to) const { *to = static_cast<double>(raw); }

  PAVLOV_FN Bits bits() const {
    Bits bits = 0;
    __builtin_memcpy(&bits, &raw, sizeof(bits));
    return bits;
  }
  static PAVLOV_FN One from_bits(Bits bits) {
    T number = 0;
    __builtin_memcpy(&number, &bits, sizeof(bits));
    return number;
  }

  friend PAVLOV_FN One operator+(One a, One b) { return a.raw + b.raw; }
  friend PAVLOV_FN One operator-(One a, One b) { return a.raw - b.raw; }
  friend PAVLOV_FN One operator*(One a, One b) { return a.raw * b.raw; }
  friend PAVLOV_FN One operator/(One a, One b) { return a.raw / b.raw; }
  friend PAVLOV_FN One operator-(One a) { return -a.raw; }
  friend PAVLOV_FN Mask operator<(One a, One b) { return {a.raw < b.raw}; }
  friend PAVLOV_FN Mask operator>(One a, One b) { return {a.raw > b.raw}; }
  friend PAVLOV_FN Mask operator<=(One a, One b) { return {a.raw <= b.raw}; }
  friend PAVLOV_FN Mask operator>=(One a, One b) { return {a.raw >= b.raw}; }

  friend PAVLOV_FN One fma(One a, One b, One c) {
#if HWY_NATIVE_FMA
    if constexpr (sizeof(T) == 4) {
      return __builtin_fmaf(a.raw, b.raw, c.raw);
    } else {
      return __builtin_fma(a.raw, b.raw, c.raw);
    }
#else
    if constexpr (sizeof(T) == 8) {
      if (simd_detail::library_fuses) return ::fma(a.raw, b.raw, c.raw);
    }
    return a.raw * b.raw + c.raw;
#endif
  }
  friend PAVLOV_FN One nfma(One a, One b, One c) { return fma(-a, b, c); }
  friend PAVLOV_FN One select(Mask m, One a, One b) { return m.raw ? a.raw : b.raw; }
  friend PAVLOV_FN One minimum(One a, One b) { return a.raw < b.raw ? a.raw : b.raw; }
  friend PAVLOV_FN One maximum(One a, One b) { return a.raw > b.raw ? a.raw : b.raw; }
  // Branches: what comes next need not wait for a minimum and a maximum. The empty statements keep
  // the compiler from writing them all the same.
  friend PAVLOV_FN One clamp(One a, One low, One high) {
    if (!(a.raw < high.raw)) {
      asm volatile("");
      a = high;
    }
    if (low.raw > a.raw) {
      asm volatile("");
      a = low;
    }
    return a;
  }
  friend PAVLOV_FN One absolute(One a) {
    if constexpr (sizeof(T) == 4) {
      return __builtin_fabsf(a.raw);
    } else {
      return __builtin_fabs(a.raw);
    }
  }
  friend PAVLOV_FN One copy_sign(One a, One s) {
    if constexpr (sizeof(T) == 4) {
      return __builtin_copysignf(a.raw, s.raw);
    } else {
      return __builtin_copysign(a.raw, s.raw);
    }
  }
  // A product by +-1, which compilers know as an exclusive or.
  friend PAVLOV_FN One flip_sign(One a, One s) { return a * copy_sign(One(T{1}), s); }
  friend PAVLOV_FN One truncate(One a) { return hn::GetLane(hn::Trunc(hn::Set(Tag(), a.raw))); }
  friend PAVLOV_FN One to_float(One a) { return static_cast<T>(static_cast<float>(a.raw)); }
  friend PAVLOV_FN One power_of_two(One a) { return from_bits(a.bits() & kExponentBits); }
  friend PAVLOV_FN One divide_by(One a, const Divisor& c) {
#if HWY_NATIVE_FMA
    return fma(a, One(c.reciprocal), a * One(c.reciprocal_low));
#else
    return a / One(c.value);
#endif
  }
  friend PAVLOV_FN One divide(One a, const Divisor& c) { return a / One(c.value); }
  friend PAVLOV_FN One divide(One a, One c) { return a / c; }
  friend PAVLOV_FN One square_error(One x, One p) {
    return hn::GetLane(square_error(Lanes<Tag>(x.raw), Lanes<Tag>(p.raw)).raw);
  }
  template <class F>
  friend PAVLOV_FN One map_where(Mask m, One a, F f) {
    return m.raw ? One(f(a.raw)) : a;
  }

 private:
  using Tag = hn::CappedTag<T, 1>;
};

template <class Number>
inline constexpr bool kOneNumber<One<Number>> = true;

template <class Number>
struct FloatsOfType<One<Number>> {
  using Type = One<float>;
};
template <class Number>
PAVLOV_FN One<float> narrow(One<Number> a) {
  return static_cast<float>(a.raw);
}
template <class Number>
struct Widened<One<Number>> {
  static PAVLOV_FN One<Number> from(One<float> a) { return static_cast<Number>(a.raw); }
};

template <int k, class Number>
PAVLOV_FN Truth bit_set(One<Number> a) {
  return {(a.bits() >> k & 1) != 0};
}

PAVLOV_FN Row4<One<double>> table_row(const double (*table)[4], One<double> a) {
  const double* row = table[a.bits() & 127];
  return {row[0], row[1], row[2], row[3]};
}
PAVLOV_FN Row4<One<double>> narrow_row(const double (*table)[4], const double (*)[32],
                                       One<double> a) {
  return table_row(table, a);
}

template <class Number, std::size_t n>
PAVLOV_FN void store_float_rows(const Columns<One<Number>, n>& columns, float* to) {
  for (std::size_t k = 0; k < n; ++k) to[k] = static_cast<float>(columns.column[k].raw);
}

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif

#endif  // PAVLOV_KERNELS_SIMD_ONE_INL_H
