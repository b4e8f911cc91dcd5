// Sine and cosine in double precision, the same bits as the C library's (glibc 2.28 and later).
//
// Reference: glibc sysdeps/ieee754/dbl-64/s_sin.c (IBM Accurate Mathematical Library): reduction by
// pi/2 in four parts, then a table of sin(k/128), cos(k/128) in two parts each and short
// polynomials in the distance to k/128. The bits are those of glibc on this machine: with fused
// multiply-add where it has it, without where it has not (fma in lanes-inl.h sees to that). The two
// differ in 0.07 % of values.
//
//   sin_cos(x)         any x; beyond 1e8, and for NaN, the library itself is called
//   cosine(x)          any x, the cosine alone
//   sin_cos_small(x)   |x| < 0.855
//   sin_cos_narrow(x)  |x| < 0.246
// The last two skip the reduction and leave out of range unspecified. All four agree where they
// are defined. fast_sin_cos is a plain polynomial: absolute error below 2^-52 for |x| < 20, the
// same bits on every target.
#if defined(PAVLOV_KERNELS_SIMD_TRIG_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_TRIG_INL_H
#undef PAVLOV_KERNELS_SIMD_TRIG_INL_H
#else
#define PAVLOV_KERNELS_SIMD_TRIG_INL_H
#endif

#include "pavlov/kernels/simd/table-inl.h"
#include "pavlov/kernels/simd/trig_table.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

template <class V>
struct SinCos {
  V sin, cos;
};

namespace trig {

constexpr double kSmallLimit = 0x1.b6p-1;       // 0.855: no reduction below
constexpr double kNarrowLimit = 0.246;          // table rows 0..31 below
constexpr double kTaylorLimit = 0.126;          // the sine needs no table below
constexpr double kOneTurnLimit = 0x1.368fdp1;   // 2.426: one multiple of pi/2 below
constexpr double kLibraryLimit = 0x1.921fbp26;  // 1.05e8: pi/2 in four parts is enough below
constexpr double kShift7 = 0x1.8p45;            // x + kShift7 ends in the bits of round(128 x)
constexpr double kShift0 = 0x1.8p52;            // x + kShift0 ends in the bits of round(x)

// Taylor series of sin(x) to x^11, for |x| < 0.126.
constexpr double kS1 = -0x1.5555555555555p-3, kS2 = 0x1.1111111110ecep-7;
constexpr double kS3 = -0x1.a01a019db08b8p-13, kS4 = 0x1.71de27b9a7ed9p-19;
constexpr double kS5 = -0x1.addffc2fcdf59p-26;
// sin(r) = r + r z (A3 + A5 z) and cos(r) = 1 - z (B2 + B4 z + B6 z^2), z = r^2, |r| <= 1/256.
constexpr double kA3 = -0x1.5555555555515p-3, kA5 = 0x1.11110e829872fp-7;
constexpr double kB2 = 0.5, kB4 = -0x1.5555555555535p-5, kB6 = 0x1.6c16bedd9e239p-10;
// pi/2 in two parts, and in four parts of which the products with small integers are exact.
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
constexpr double kH0 = 0x1.921fb54442d18p0, kH1 = 0x1.1a62633145c07p-54;
constexpr double kM1 = 0x1.921fb58p0, kM2 = -0x1.dde973cp-27;
constexpr double kP3 = -0x1.cb3b398p-55, kP4 = -0x1.d747f23e32ed7p-83;

// sin(k/128 + r), where s = sin(r) and c = 1 - cos(r).
template <class V>
PAVLOV_FN V sine_from_row(const Row4<V>& row, V s, V c) {
  const auto& [sn, ssn, cs, ccs] = row;
  return sn + fma(s, cs, nfma(c, sn, fma(s, ccs, ssn)));
}

// cos(k/128 + r).
template <class V>
PAVLOV_FN V cosine_from_row(const Row4<V>& row, V s, V c) {
  const auto& [sn, ssn, cs, ccs] = row;
  return cs + nfma(s, sn, nfma(c, cs, nfma(s, ssn, ccs)));
}

// kS1 + kS2 z + ... + kS5 z^4.
template <class V>
PAVLOV_FN V taylor(V z) {
  return fma(fma(fma(fma(V(kS5), z, V(kS4)), z, V(kS3)), z, V(kS2)), z, V(kS1));
}

template <class V>
PAVLOV_FN Row4<V> row_of(V shifted) {
#if defined(__CUDA_ARCH__)
  return table_row(kTrigTableDevice, shifted);
#else
  return table_row(kTrigTable, shifted);
#endif
}

struct LibrarySine {
  PAVLOV_FN double operator()(double x) const { return ::sin(x); }
};
struct LibraryCosine {
  PAVLOV_FN double operator()(double x) const { return ::cos(x); }
};

// Both functions of |x|, from the distance r to k/128 and its table row; then sin(-x) = -sin(x).
template <class V>
PAVLOV_FN SinCos<V> without_reduction(V x, V p, V r, const Row4<V>& row) {
  const V z = r * r;
  const V rz = r * z;
  const V a = fma(V(kA5), z, V(kA3));
  const V c = z * fma(fma(V(kB6), z, V(kB4)), z, V(kB2));
  const V cosine = cosine_from_row(row, fma(rz, a, r), c);
  const auto near = p < V(kTaylorLimit);
  const V zp = p * p;
  if constexpr (kOneNumber<V>) {
    if (any(near)) return {copy_sign(p + zp * (taylor(zp) * p), x), cosine};
    return {copy_sign(sine_from_row(row, r + rz * a, c), x), cosine};
  }
  const V table_sine = sine_from_row(row, r + rz * a, c);
  const V near_sine = p + zp * (taylor(zp) * p);
  return {copy_sign(select(near, near_sine, table_sine), x), cosine};
}

}  // namespace trig

template <class V>
PAVLOV_FN SinCos<V> sin_cos_small(V x) {
  const V p = absolute(x);
  const V shifted = p + V(trig::kShift7);
  const V r = p - (shifted - V(trig::kShift7));
  return trig::without_reduction(x, p, r, trig::row_of(shifted));
}

template <class V>
PAVLOV_FN SinCos<V> sin_cos_narrow(V x) {
#if defined(__CUDA_ARCH__)
  return sin_cos_small(x);
#else
  const V p = absolute(x);
  const V shifted = p + V(trig::kShift7);
  const V r = p - (shifted - V(trig::kShift7));
  return trig::without_reduction(x, p, r, narrow_row(kTrigTable, kTrigColumns, shifted));
#endif
}

namespace trig {

// x = n pi/2 + a + d with |a| < 0.8555; n is in the low bits of `turns`.
template <class V>
struct Reduced {
  V a, d, turns;
};

template <class V>
PAVLOV_FN Reduced<V> reduce(V x, V magnitude) {
  const auto small = magnitude < V(kSmallLimit);
  const auto one_turn = magnitude < V(kOneTurnLimit);
  if constexpr (kOneNumber<V>) {
    if (any(small)) return {x, V(0.0), V(kShift0)};
  }
  const auto four_parts = not_of(one_turn);
  if (!any(four_parts)) {
    const V n = select(small, V(0.0), copy_sign(V(1.0), x));
    const V y = nfma(n, V(kH0), x);
    const V a = nfma(n, V(kH1), y);
    return {a, nfma(n, V(kH1), y - a), n + V(kShift0)};
  }
  // The three ranges differ only in n and in the parts of pi/2.
  const V rounded = fma(x, V(kTwoOverPi), V(kShift0)) - V(kShift0);
  const V n = select(small, V(0.0), select(one_turn, copy_sign(V(1.0), x), rounded));
  const V c1 = select(four_parts, V(kM1), V(kH0)), c2 = select(four_parts, V(kM2), V(0.0));
  const V c3 = select(four_parts, V(kP3), V(kH1)), c4 = select(four_parts, V(kP4), V(0.0));
  const V y = nfma(n, c2, nfma(n, c1, x));
  const V t = nfma(n, c3, y);
  const V e = nfma(n, c3, y - t);
  const V a = nfma(n, c4, t);
  return {a, e + nfma(n, c4, t - a), n + V(kShift0)};
}

// sin(p + q) for p < 0.126.
template <class V>
PAVLOV_FN V near_sine(V p, V q) {
  const V z = p * p;
  return p + fma(z, fma(taylor(z), p, -(V(0.5) * q)), q);
}

// sin(p + q), where p = k/128 + r and `row` is that of k.
template <class V>
PAVLOV_FN V sine_of(V p, V q, V r, const Row4<V>& row) {
  const auto near = p < V(kTaylorLimit);
  if constexpr (kOneNumber<V>) {
    if (any(near)) return near_sine(p, q);
  }
  const V z = r * r;
  const V c = fma(r, q, z * fma(fma(V(kB6), z, V(kB4)), z, V(kB2)));
  const V s = r + fma(r * z, fma(V(kA5), z, V(kA3)), q);
  const V by_table = sine_from_row(row, s, c);
  if constexpr (kOneNumber<V>) return by_table;
  return select(near, near_sine(p, q), by_table);
}

// cos(k/128 + v), where `row` is that of k.
template <class V>
PAVLOV_FN V cosine_of(V v, const Row4<V>& row) {
  const V w = v * v;
  const V s = fma(v * w, fma(V(kA5), w, V(kA3)), v);
  return cosine_from_row(row, s, w * fma(fma(V(kB6), w, V(kB4)), w, V(kB2)));
}

}  // namespace trig

template <class V>
PAVLOV_FN SinCos<V> sin_cos(V x) {
  using namespace trig;  // NOLINT
  const V magnitude = absolute(x);
  const auto [a, d, turns] = reduce(x, magnitude);

  // a = +-(k/128 + r), the correction with the same sign as q.
  const V p = absolute(a);
  const V q = flip_sign(d, a);
  const V shifted = p + V(kShift7);
  const V r = p - (shifted - V(kShift7));
  const Row4<V> row = row_of(shifted);
  const V sine = copy_sign(sine_of(p, q, r, row), a);
  const V cosine = cosine_of(r + q, row);

  // Quadrants 0..3: (S, C), (C, -S), (-S, -C), (-C, S).
  const auto odd = bit_set<0>(turns);
  const auto half_turn = bit_set<1>(turns);
  const V plain_sine = select(odd, cosine, sine);
  const V plain_cosine = select(odd, -sine, cosine);
  SinCos<V> result{select(half_turn, -plain_sine, plain_sine),
                   select(half_turn, -plain_cosine, plain_cosine)};
  const auto beyond = not_of(magnitude < V(kLibraryLimit));
  if (any(beyond)) {
    result.sin = select(beyond, map_where(beyond, x, LibrarySine()), result.sin);
    result.cos = select(beyond, map_where(beyond, x, LibraryCosine()), result.cos);
  }
  return result;
}

namespace trig {

// sin(a + d).
template <class V>
PAVLOV_FN V sine_of_one(V a, V d) {
  const V p = absolute(a);
  const V shifted = p + V(kShift7);
  const V r = p - (shifted - V(kShift7));
  return copy_sign(sine_of(p, flip_sign(d, a), r, row_of(shifted)), a);
}

// cos(a + d).
template <class V>
PAVLOV_FN V cosine_of_one(V a, V d) {
  const V p = absolute(a);
  const V shifted = p + V(kShift7);
  const V r = p - (shifted - V(kShift7));
  return cosine_of(r + flip_sign(d, a), row_of(shifted));
}

// One number's way: its range decides what is computed, and nothing else is.
template <class V>
PAVLOV_FN V cosine_by_range(V x) {
  const V magnitude = absolute(x);
  if (any(magnitude < V(kSmallLimit))) return cosine_of_one(magnitude, V(0.0));
  if (any(magnitude < V(kOneTurnLimit))) {
    const V y = V(kH0) - magnitude;
    const V a = y + V(kH1);
    return sine_of_one(a, (y - a) + V(kH1));
  }
  if (any(not_of(magnitude < V(kLibraryLimit)))) return LibraryCosine()(x.raw);
  // Quadrants 0..3: C, -S, -C, S.
  const auto [a, d, turns] = reduce(x, magnitude);
  const V plain = any(bit_set<0>(turns)) ? sine_of_one(a, d) : cosine_of_one(a, d);
  return any(bit_set<1>(turns + V(1.0))) ? -plain : plain;
}

}  // namespace trig

// The cosine alone: each lane needs the kernel of one function, and both are one formula in columns
// of the table that change places.
template <class V>
PAVLOV_FN V cosine(V x) {
  using namespace trig;  // NOLINT
  if constexpr (kOneNumber<V>) return cosine_by_range(x);
  const V magnitude = absolute(x);
  const auto [a, d, turns] = reduce(x, magnitude);
  const auto odd = bit_set<0>(turns);  // +-sin(a + d)

  const V p = absolute(a);
  const V q = flip_sign(d, a);
  const V shifted = p + V(kShift7);
  const V r = p - (shifted - V(kShift7));
  const Row4<V> row = row_of(shifted);
  V plain;
  if (!any(not_of(odd))) {
    plain = copy_sign(sine_of(p, q, r, row), a);
  } else {
    const V main = select(odd, row.c0, row.c2), main_low = select(odd, row.c1, row.c3);
    const V other = select(odd, row.c2, row.c0), other_low = select(odd, row.c3, row.c1);

    const V base = select(odd, r, r + q);
    const V z = base * base;
    const V m = fma(base * z, fma(V(kA5), z, V(kA3)), select(odd, q, base));
    const V s = select(odd, r + m, -m);
    const V even_c = z * fma(fma(V(kB6), z, V(kB4)), z, V(kB2));
    const V c = select(odd, fma(r, q, even_c), even_c);
    const V by_table = main + fma(s, other, nfma(c, main, fma(s, other_low, main_low)));
    const V sine = copy_sign(select(p < V(kTaylorLimit), near_sine(p, q), by_table), a);
    plain = select(odd, sine, by_table);
  }

  // Quadrants 0..3: C, -S, -C, S.
  const V result = select(bit_set<1>(turns + V(1.0)), -plain, plain);
  const auto beyond = not_of(magnitude < V(kLibraryLimit));
  if (!any(beyond)) return result;
  return select(beyond, map_where(beyond, x, LibraryCosine()), result);
}

// Polynomials without a table, plain multiplications and additions: the same bits on every target.
// Reference: FreeBSD msun k_sin.c, k_cos.c (Sun Microsystems 1993), reduction in three parts.
namespace trig {

template <class V>
PAVLOV_FN SinCos<V> polynomials(V x) {
  const V z = x * x;
  const V s = ((((V(1.58969099521155010221e-10) * z + V(-2.50507602534068634195e-08)) * z +
                 V(2.75573137070700676789e-06)) *
                    z +
                V(-1.98412698298579493134e-04)) *
                   z +
               V(8.33333333332248946124e-03)) *
                  z +
              V(-1.66666666666666324348e-01);
  const V c = (((((V(-1.13596475577881948265e-11) * z + V(2.08757232129817482790e-09)) * z +
                  V(-2.75573143513906633035e-07)) *
                     z +
                 V(2.48015872894767294178e-05)) *
                    z +
                V(-1.38888888888741095749e-03)) *
                   z +
               V(4.16666666666666019037e-02)) *
              z;
  const V half_z = V(0.5) * z;
  const V w = V(1.0) - half_z;
  return {x + (x * z) * s, w + (((V(1.0) - w) - half_z) + z * c)};
}

}  // namespace trig

// |x| < pi/4.
template <class V>
PAVLOV_FN SinCos<V> fast_sin_cos_small(V x) {
  return trig::polynomials(x);
}

// |x| < 1e5; beyond, the error grows with |x|.
template <class V>
PAVLOV_FN SinCos<V> fast_sin_cos(V x) {
  using namespace trig;  // NOLINT
  const V turns = x * V(kTwoOverPi) + V(kShift0);
  const V n = turns - V(kShift0);
  const SinCos<V> part = polynomials(((x - n * V(kM1)) - n * V(kM2)) - n * V(kP3));
  const auto odd = bit_set<0>(turns);
  const auto half_turn = bit_set<1>(turns);
  const V sine = select(odd, part.cos, part.sin);
  const V cosine = select(odd, -part.sin, part.cos);
  return {select(half_turn, -sine, sine), select(half_turn, -cosine, cosine)};
}

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_TRIG_INL_H
