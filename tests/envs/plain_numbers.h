// Numbers that compute as some targets do, in plain C++: the formulas' readable forms.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "pavlov/kernels/simd/square-inl.h"
#include "pavlov/kernels/simd/table-inl.h"

namespace pavlov::envs {

// A double without fused multiply-add: the scalar and SSE4 targets.
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
inline Unfused divide(Unfused a, const kernels::portable::Divisor& c) { return a.v / c.value; }
inline Unfused divide(Unfused a, Unfused c) { return a.v / c.v; }
inline Unfused absolute(Unfused a) { return kernels::portable::absolute(a.v); }
inline Unfused copy_sign(Unfused a, Unfused s) { return kernels::portable::copy_sign(a.v, s.v); }
inline Unfused flip_sign(Unfused a, Unfused s) { return kernels::portable::flip_sign(a.v, s.v); }
inline Unfused clamp(Unfused a, Unfused low, Unfused high) {
  return kernels::portable::clamp(a.v, low.v, high.v);
}
inline Unfused truncate(Unfused a) { return kernels::portable::truncate(a.v); }
inline Unfused to_float(Unfused a) { return kernels::portable::to_float(a.v); }
inline Unfused power_of_two(Unfused a) { return kernels::portable::power_of_two(a.v); }
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
// Those targets call the library where x*x is not certain.
inline Unfused exact_square(Unfused x) {
  const volatile double two = 2.0;  // else the compiler would write x*x
  return std::pow(x.v, two);
}

// A float32: every operation rounded to it, as lanes of precision=float32 compute.
struct Single {
  using T = float;
  float v;
  Single() = default;
  Single(double number) : v(static_cast<float>(number)) {}  // NOLINT

  friend Single operator+(Single a, Single b) { return of(a.v + b.v); }
  friend Single operator-(Single a, Single b) { return of(a.v - b.v); }
  friend Single operator*(Single a, Single b) { return of(a.v * b.v); }
  friend Single operator/(Single a, Single b) { return of(a.v / b.v); }
  friend Single operator-(Single a) { return of(-a.v); }
  friend bool operator<(Single a, Single b) { return a.v < b.v; }
  friend bool operator>(Single a, Single b) { return a.v > b.v; }
  friend bool operator<=(Single a, Single b) { return a.v <= b.v; }
  friend bool operator>=(Single a, Single b) { return a.v >= b.v; }

  static Single of(float value) {
    Single number;
    number.v = value;
    return number;
  }
};

inline Single select(bool m, Single a, Single b) { return m ? a : b; }
inline Single divide(Single a, const kernels::portable::Divisor& c) { return a / Single(c.value); }
inline Single divide(Single a, Single c) { return a / c; }
inline Single absolute(Single a) { return Single::of(std::fabs(a.v)); }
inline Single copy_sign(Single a, Single s) { return Single::of(std::copysign(a.v, s.v)); }
inline Single flip_sign(Single a, Single s) { return std::signbit(s.v) ? -a : a; }
inline Single clamp(Single a, Single low, Single high) {
  return a < low ? low : (a > high ? high : a);
}
inline Single to_float(Single a) { return a; }
template <int k>
bool bit_set(Single a) {
  return (std::bit_cast<std::uint32_t>(a.v) >> k & 1) != 0;
}
template <class F>
Single map_where(bool m, Single a, F f) {
  return m ? Single::of(f(a.v)) : a;
}

inline float narrow(Unfused a) { return static_cast<float>(a.v); }
inline float narrow(Single a) { return a.v; }

inline double number_of(double a) { return a; }
inline double number_of(Unfused a) { return a.v; }
inline double number_of(Single a) { return static_cast<double>(a.v); }

}  // namespace pavlov::envs
