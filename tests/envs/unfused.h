// A number without fused multiply-add: the formulas as the scalar and SSE4 targets compute them.
#pragma once

#include "pavlov/kernels/simd/table-inl.h"

namespace pavlov::envs {

struct Unfused {
  double v;
  Unfused() = default;
  Unfused(double number) : v(number) {}  // NOLINT

  friend Unfused operator+(Unfused a, Unfused b) { return a.v + b.v; }
  friend Unfused operator-(Unfused a, Unfused b) { return a.v - b.v; }
  friend Unfused operator*(Unfused a, Unfused b) { return a.v * b.v; }
  friend Unfused operator/(Unfused a, Unfused b) { return a.v / b.v; }
  friend Unfused operator-(Unfused a) { return -a.v; }
  friend bool operator<(Unfused a, Unfused b) { return a.v < b.v; }
  friend bool operator>(Unfused a, Unfused b) { return a.v > b.v; }
  friend bool operator<=(Unfused a, Unfused b) { return a.v <= b.v; }
  friend bool operator>=(Unfused a, Unfused b) { return a.v >= b.v; }
};

inline Unfused fma(Unfused a, Unfused b, Unfused c) { return a.v * b.v + c.v; }
inline Unfused nfma(Unfused a, Unfused b, Unfused c) { return c.v - a.v * b.v; }
inline Unfused select(bool m, Unfused a, Unfused b) { return m ? a : b; }
inline Unfused divide_by(Unfused a, const kernels::portable::Divisor& c) { return a.v / c.value; }
inline Unfused absolute(Unfused a) { return kernels::portable::absolute(a.v); }
inline Unfused copy_sign(Unfused a, Unfused s) { return kernels::portable::copy_sign(a.v, s.v); }
inline Unfused flip_sign(Unfused a, Unfused s) { return kernels::portable::flip_sign(a.v, s.v); }
template <int k>
bool bit_set(Unfused a) {
  return kernels::portable::bit_set<k>(a.v);
}
inline kernels::portable::Row4<Unfused> table_row(const double (*table)[4], Unfused a) {
  const auto row = kernels::portable::table_row(table, a.v);
  return {row.c0, row.c1, row.c2, row.c3};
}
inline kernels::portable::Row4<Unfused> narrow_row(const double (*table)[4], const double (*)[32],
                                                   Unfused a) {
  return table_row(table, a);
}
template <class F>
Unfused map_where(bool m, Unfused a, F f) {
  return m ? Unfused(f(a.v)) : a;
}

}  // namespace pavlov::envs
