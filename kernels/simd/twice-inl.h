// Twice<V>: two vectors that go through a formula side by side.
//
// A formula of a hundred dependent operations is bound by latency: a processor looks ahead by
// little more than one vector's worth of instructions. With two independent vectors interleaved
// operation by operation, twice as much of what it sees can start at once. The numbers are those of
// V.
#if defined(PAVLOV_KERNELS_SIMD_TWICE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_TWICE_INL_H
#undef PAVLOV_KERNELS_SIMD_TWICE_INL_H
#else
#define PAVLOV_KERNELS_SIMD_TWICE_INL_H
#endif

#include "pavlov/kernels/simd/table-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

template <class M>
struct TwiceMask {
  M a, b;

  friend PAVLOV_FN TwiceMask either(TwiceMask x, TwiceMask y) {
    return {either(x.a, y.a), either(x.b, y.b)};
  }
  friend PAVLOV_FN TwiceMask both(TwiceMask x, TwiceMask y) {
    return {both(x.a, y.a), both(x.b, y.b)};
  }
  friend PAVLOV_FN TwiceMask not_of(TwiceMask x) { return {not_of(x.a), not_of(x.b)}; }
  friend PAVLOV_FN bool any(TwiceMask x) { return any(either(x.a, x.b)); }
};

template <class V>
struct Twice {
  using T = typename V::T;
  using Mask = TwiceMask<typename V::Mask>;
  V a, b;

  Twice() = default;
  PAVLOV_FN Twice(V first, V second) : a(first), b(second) {}
  PAVLOV_FN Twice(T number) : a(number), b(number) {}  // NOLINT

  friend PAVLOV_FN Twice operator+(Twice x, Twice y) { return {x.a + y.a, x.b + y.b}; }
  friend PAVLOV_FN Twice operator-(Twice x, Twice y) { return {x.a - y.a, x.b - y.b}; }
  friend PAVLOV_FN Twice operator*(Twice x, Twice y) { return {x.a * y.a, x.b * y.b}; }
  friend PAVLOV_FN Twice operator/(Twice x, Twice y) { return {x.a / y.a, x.b / y.b}; }
  friend PAVLOV_FN Twice operator-(Twice x) { return {-x.a, -x.b}; }
  friend PAVLOV_FN Mask operator<(Twice x, Twice y) { return {x.a < y.a, x.b < y.b}; }
  friend PAVLOV_FN Mask operator>(Twice x, Twice y) { return {x.a > y.a, x.b > y.b}; }
  friend PAVLOV_FN Mask operator<=(Twice x, Twice y) { return {x.a <= y.a, x.b <= y.b}; }
  friend PAVLOV_FN Mask operator>=(Twice x, Twice y) { return {x.a >= y.a, x.b >= y.b}; }

  friend PAVLOV_FN Twice fma(Twice x, Twice y, Twice z) {
    return {fma(x.a, y.a, z.a), fma(x.b, y.b, z.b)};
  }
  friend PAVLOV_FN Twice nfma(Twice x, Twice y, Twice z) {
    return {nfma(x.a, y.a, z.a), nfma(x.b, y.b, z.b)};
  }
  friend PAVLOV_FN Twice select(Mask m, Twice x, Twice y) {
    return {select(m.a, x.a, y.a), select(m.b, x.b, y.b)};
  }
  friend PAVLOV_FN Twice absolute(Twice x) { return {absolute(x.a), absolute(x.b)}; }
  friend PAVLOV_FN Twice copy_sign(Twice x, Twice s) {
    return {copy_sign(x.a, s.a), copy_sign(x.b, s.b)};
  }
  friend PAVLOV_FN Twice flip_sign(Twice x, Twice s) {
    return {flip_sign(x.a, s.a), flip_sign(x.b, s.b)};
  }
  friend PAVLOV_FN Twice divide_by(Twice x, const Divisor& c) {
    return {divide_by(x.a, c), divide_by(x.b, c)};
  }
  template <class F>
  friend PAVLOV_FN Twice map_where(Mask m, Twice x, F f) {
    return {map_where(m.a, x.a, f), map_where(m.b, x.b, f)};
  }
};

template <int k, class V>
PAVLOV_FN typename Twice<V>::Mask bit_set(Twice<V> x) {
  return {bit_set<k>(x.a), bit_set<k>(x.b)};
}

template <class V>
PAVLOV_FN Row4<Twice<V>> side_by_side(const Row4<V>& a, const Row4<V>& b) {
  return {{a.c0, b.c0}, {a.c1, b.c1}, {a.c2, b.c2}, {a.c3, b.c3}};
}

template <class V>
PAVLOV_FN Row4<Twice<V>> table_row(const double (*table)[4], Twice<V> x) {
  return side_by_side(table_row(table, x.a), table_row(table, x.b));
}

template <class V>
PAVLOV_FN Row4<Twice<V>> narrow_row(const double (*table)[4], const double (*columns)[32],
                                    Twice<V> x) {
  return side_by_side(narrow_row(table, columns, x.a), narrow_row(table, columns, x.b));
}

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_TWICE_INL_H
