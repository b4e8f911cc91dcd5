// pow(x, 2) in double precision, the same bits as the C library's (glibc 2.28 and later).
//
// NumPy computes x ** 2 of a float64 scalar so; one square in 1200 differs from x*x by an ulp. The
// library's pow errs by less than 0.51 ulp: where the exact square is not within 0.01 ulp of a
// midpoint between two doubles, x*x is what it gives. The other lanes, 2 %, repeat its computation
// (where multiply-add is fused; on other targets they call it).
// Reference: glibc sysdeps/ieee754/dbl-64/e_pow.c (Arm Optimized Routines): logarithm in two parts
// by table and polynomial, then exponential likewise.
//
//   exact_square(x)         any x
//   exact_float_square(x)   powf(x, 2) for lanes that hold float32 numbers: a double has room for
//                           the square, so it is known exactly how far powf could be off
#if defined(PAVLOV_KERNELS_SIMD_SQUARE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_SQUARE_INL_H
#undef PAVLOV_KERNELS_SIMD_SQUARE_INL_H
#else
#define PAVLOV_KERNELS_SIMD_SQUARE_INL_H
#endif

#include "pavlov/kernels/simd/lanes-inl.h"
#include "pavlov/kernels/simd/square_table.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

namespace power {

constexpr double kCertain = 0.49;                     // ulp: below, x*x is certain
constexpr double kLeast = 0x1p-511, kMost = 0x1p511;  // outside, squares under- or overflow
constexpr double kShift0 = 0x1.8p52;

// log(1 + r) = r + ar r + b3 (L1 + L2 r + b (L3 + L4 r + b (L5 + L6 r))), ar = -r/2.
constexpr double kL1 = -0x1.555555555556p-1, kL2 = 0x1.0000000000006p-1;
constexpr double kL3 = 0x1.999999959554ep-1, kL4 = -0x1.555555529a47ap-1;
constexpr double kL5 = -0x1.2495b9b4845e9p0, kL6 = 0x1.0002b8b263fc3p0;
constexpr double kLn2High = 0x1.62e42fefa3800p-1, kLn2Low = 0x1.ef35793c76730p-45;
// exp(r) = 1 + r + r^2 (E2 + E3 r) + r^4 (E4 + E5 r).
constexpr double kE2 = 0x1.ffffffffffdbdp-2, kE3 = 0x1.555555555543cp-3;
constexpr double kE4 = 0x1.55555cf172b91p-5, kE5 = 0x1.1111167a4d017p-7;
constexpr double k128OverLn2 = 0x1.71547652b82fep7;
constexpr double kLn2Over128High = 0x1.62e42fefa0000p-8, kLn2Over128Low = 0x1.cf79abc9e3b3ap-47;

PAVLOV_FN std::uint64_t bits_of(double x) {
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  return bits;
}
PAVLOV_FN double from_bits(std::uint64_t bits) {
  double x = 0;
  __builtin_memcpy(&x, &bits, sizeof(bits));
  return x;
}

// Rows of the tables; device code has its own.
#if defined(__CUDA_ARCH__)
PAVLOV_FN const double* log_row(std::uint64_t i) { return kLogTableDevice[i]; }
PAVLOV_FN const double* exp_row(std::uint64_t i) { return kExpTableDevice[i]; }
PAVLOV_FN const double* float_log_row(std::uint32_t i) { return kFloatLogTableDevice[i]; }
#else
PAVLOV_FN const double* log_row(std::uint64_t i) { return kLogTable[i]; }
PAVLOV_FN const double* exp_row(std::uint64_t i) { return kExpTable[i]; }
PAVLOV_FN const double* float_log_row(std::uint32_t i) { return kFloatLogTable[i]; }
#endif

struct TwoParts {
  double high, low;
};

// log |x|.
PAVLOV_FN TwoParts logarithm(double x) {
  const std::uint64_t bits = bits_of(::fabs(x));
  const std::uint64_t t = bits - 0x3fe6955500000000u;
  const double* row = log_row((t >> 45) & 127);
  const double invc = row[0], logc = row[1], logt = row[2];
  const auto k = static_cast<double>(static_cast<std::int64_t>(t) >> 52);
  const double z = from_bits(bits - (t & 0xfff0000000000000u));

  const double r = ::fma(z, invc, -1.0);
  const double t1 = ::fma(k, kLn2High, logc);
  const double t2 = t1 + r;
  const double l1 = ::fma(k, kLn2Low, logt);
  const double l2 = (t1 - t2) + r;
  const double ar = -0.5 * r;
  const double b = r * ar, b3 = r * b;
  const double h = t2 + b;
  const double l3 = ::fma(ar, r, -b);
  const double l4 = (t2 - h) + b;
  const double g = ::fma(b, ::fma(::fma(r, kL6, kL5), b, ::fma(kL4, r, kL3)), ::fma(kL2, r, kL1));
  const double l = ::fma(b3, g, ((l1 + l2) + l3) + l4);
  const double high = h + l;
  return {high, (h - high) + l};
}

// e^(high + low), for results that are normal numbers.
PAVLOV_FN double exponential(double high, double low) {
  const double shifted = ::fma(high, k128OverLn2, kShift0);
  const double m = shifted - kShift0;
  const std::uint64_t whole = bits_of(shifted);
  const double r = low + ::fma(m, -kLn2Over128Low, ::fma(m, -kLn2Over128High, high));
  const double* row = exp_row(whole & 127);
  // 2^(m/128): the table's power, its exponent raised by floor(m/128).
  const double scale = from_bits(bits_of(row[0]) + ((whole >> 7) << 52));
  const double w = r * r;
  const double v = ::fma(::fma(r, kE5, kE4), w * w, ::fma(::fma(kE3, r, kE2), w, r + row[1]));
  return ::fma(v, scale, scale);
}

#if !defined(HWY_TARGET) || HWY_NATIVE_FMA
struct SquareByLogarithm {
  PAVLOV_FN double operator()(double x) const {
    const double magnitude = ::fabs(x);
    if (!(magnitude > kLeast && magnitude < kMost)) return x * x;
    const TwoParts log = logarithm(x);
    if (log.high == 0.0) return 1.0;
    return exponential(2.0 * log.high, 2.0 * log.low);
  }
};
#else
struct SquareByLogarithm {
  HWY_NOINLINE double operator()(double x) const {
    const volatile double two = 2.0;  // else the compiler would write x*x
    return ::pow(x, two);
  }
};
#endif

constexpr double kFloatCertain = 0.498;  // float32 ulp: below, the rounded square is certain

#if !defined(HWY_TARGET)
// powf(x, 2) as the C library computes it, for numbers of float32 whose square is a normal one:
// 2^(2 log2 |x|) in double, by table and polynomial. For devices, which have another powf.
// Reference: glibc sysdeps/ieee754/flt-32/e_powf.c (Arm Optimized Routines).
PAVLOV_FN double float_square_by_logarithm(double x) {
  const auto magnitude = static_cast<float>(::fabs(x));
  std::uint32_t bits = 0;
  __builtin_memcpy(&bits, &magnitude, sizeof(bits));
  const std::uint32_t t = bits - 0x3f330000u;
  const double* row = float_log_row((t >> 19) & 15);
  const std::uint32_t mantissa_bits = bits - (t & 0xff800000u);
  float mantissa = 0;
  __builtin_memcpy(&mantissa, &mantissa_bits, sizeof(mantissa));
  const double r = ::fma(static_cast<double>(mantissa), row[0], -1.0);
  const double whole = row[1] + static_cast<double>(static_cast<std::int32_t>(t) >> 23);
  const double r2 = r * r;
  const double high = ::fma(0x1.27616c9496e0bp-2, r, -0x1.71969a075c67ap-2);
  const double middle = ::fma(0x1.ec70a6ca7baddp-2, r, -0x1.7154748bef6c8p-1);
  const double low = ::fma(middle, r2, ::fma(0x1.71547652ab82bp0, r, whole));
  const double exponent = 2.0 * ::fma(high, r2 * r2, low);

  // 2^exponent: exponent = k/32 + s
  const double shifted = exponent + kShift0 / 32;
  const std::uint64_t k = bits_of(shifted);
  const double s = exponent - (shifted - kShift0 / 32);
  const double scale = from_bits(bits_of(exp_row(4 * (k & 31))[0]) + ((k >> 5) << 52));
  const double power = ::fma(::fma(0x1.c6af84b912394p-5, s, 0x1.ebfce50fac4f3p-3), s * s,
                             ::fma(0x1.62e42ff0c52d6p-1, s, 1.0));
  return static_cast<double>(static_cast<float>(power * scale));
}
#endif

struct LibraryFloatSquare {
  PAVLOV_FN double operator()(double x) const {
#if defined(__CUDA_ARCH__)
    return float_square_by_logarithm(x);
#else
    const volatile float two = 2.0f;
    return static_cast<double>(::powf(static_cast<float>(x), two));
#endif
  }
};

}  // namespace power

// x*x - p, for p = x*x rounded.
#if defined(HWY_TARGET)
template <class D>
PAVLOV_FN Lanes<D> square_error(Lanes<D> x, Lanes<D> p) {
#if HWY_NATIVE_FMA
  return fma(x, x, -p);
#else
  // Dekker 1971: x in two halves of which the products are exact.
  const Lanes<D> c = Lanes<D>(0x1.0000002p27) * x;
  const Lanes<D> high = c - (c - x), low = x - high;
  return ((high * high - p) + Lanes<D>(2.0) * (high * low)) + low * low;
#endif
}
#else
PAVLOV_FN double square_error(double x, double p) { return ::fma(x, x, -p); }
#endif

template <class V>
PAVLOV_FN V exact_square(V x) {
  const V p = x * x;
  const auto doubtful =
      absolute(square_error(x, p)) > V(power::kCertain * 0x1p-52) * power_of_two(p);
  if (!any(doubtful)) return p;
  return select(doubtful, map_where(doubtful, x, power::SquareByLogarithm()), p);
}

template <class V>
PAVLOV_FN V exact_float_square(V x) {
  const V p = x * x;
  const V rounded = to_float(p);
  const auto doubtful =
      absolute(p - rounded) > V(power::kFloatCertain * 0x1p-23) * power_of_two(rounded);
  if (!any(doubtful)) return rounded;
  return select(doubtful, map_where(doubtful, x, power::LibraryFloatSquare()), rounded);
}

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_SQUARE_INL_H
