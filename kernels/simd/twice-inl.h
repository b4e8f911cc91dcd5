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
#if defined(HWY_TARGET)
  PAVLOV_FN std::uint64_t bits() const { return a.bits() | b.bits() << M::kLanes; }
#endif
};

template <class V>
struct Twice {
  using T = typename V::T;
  using Mask = TwiceMask<typename V::Mask>;
  V a, b;

  static constexpr std::size_t kLanes = 2 * V::kLanes;

  Twice() = default;
  PAVLOV_FN Twice(V first, V second) : a(first), b(second) {}
  PAVLOV_FN Twice(T number) : a(number), b(number) {}  // NOLINT

  static PAVLOV_FN Twice load(const T* from) { return {V::load(from), V::load(from + V::kLanes)}; }
  static PAVLOV_FN Twice sign_where_odd(const std::int32_t* from) {
    return {V::sign_where_odd(from), V::sign_where_odd(from + V::kLanes)};
  }
  template <class Number>
  static PAVLOV_FN Twice from_numbers(const Number* from) {
    return {V::from_numbers(from), V::from_numbers(from + V::kLanes)};
  }
  PAVLOV_FN void store(T* to) const {
    a.store(to);
    b.store(to + V::kLanes);
  }
  PAVLOV_FN void store_wide(double* to) const {
    a.store_wide(to);
    b.store_wide(to + V::kLanes);
  }

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
  friend PAVLOV_FN Twice divide(Twice x, const Divisor& c) {
    return {divide(x.a, c), divide(x.b, c)};
  }
  friend PAVLOV_FN Twice divide(Twice x, Twice y) { return {divide(x.a, y.a), divide(x.b, y.b)}; }
  friend PAVLOV_FN Twice clamp(Twice x, Twice low, Twice high) {
    return {clamp(x.a, low.a, high.a), clamp(x.b, low.b, high.b)};
  }
  friend PAVLOV_FN Twice truncate(Twice x) { return {truncate(x.a), truncate(x.b)}; }
  friend PAVLOV_FN Twice to_float(Twice x) { return {to_float(x.a), to_float(x.b)}; }
  friend PAVLOV_FN Twice power_of_two(Twice x) { return {power_of_two(x.a), power_of_two(x.b)}; }
  friend PAVLOV_FN Twice square_error(Twice x, Twice p) {
    return {square_error(x.a, p.a), square_error(x.b, p.b)};
  }
  template <class F>
  friend PAVLOV_FN Twice map_where(Mask m, Twice x, F f) {
    return {map_where(m.a, x.a, f), map_where(m.b, x.b, f)};
  }
};

#if defined(HWY_TARGET)
template <class V>
struct FloatsOfType<Twice<V>> {
  using Type = Twice<FloatsOf<V>>;
};
template <class V>
PAVLOV_FN Twice<FloatsOf<V>> narrow(Twice<V> x) {
  return {narrow(x.a), narrow(x.b)};
}
template <class V>
struct Widened<Twice<V>> {
  static PAVLOV_FN Twice<V> from(Twice<FloatsOf<V>> x) { return {widen<V>(x.a), widen<V>(x.b)}; }
};
#endif

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
