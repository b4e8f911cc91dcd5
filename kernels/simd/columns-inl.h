// Columns of a block of rows: n numbers per row, one vector per column.
//
//   load_columns<V, n>(at)          column k from at + 64 k, where blocks have 64 rows
//   store_columns(columns, at)      the reverse
//   store_float_rows(columns, to)   lane r of the n columns, rounded to float32, becomes row r of a
//                                   row-major matrix with n columns; n = 2, 3, 4 or 6
#if defined(PAVLOV_KERNELS_SIMD_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_COLUMNS_INL_H
#undef PAVLOV_KERNELS_SIMD_COLUMNS_INL_H
#else
#define PAVLOV_KERNELS_SIMD_COLUMNS_INL_H
#endif

#include <utility>

#include "pavlov/kernels/simd/twice-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

template <class V, std::size_t n>
struct Columns {
  V column[n];
};

#if defined(HWY_TARGET)

constexpr std::size_t kRowsOfBlock = 64;

template <class V, std::size_t... k>
PAVLOV_FN Columns<V, sizeof...(k)> load_each(const typename V::T* at, std::index_sequence<k...>) {
  return {{V::load(at + kRowsOfBlock * k)...}};
}

template <class V, std::size_t n>
PAVLOV_FN Columns<V, n> load_columns(const typename V::T* at) {
  return load_each<V>(at, std::make_index_sequence<n>());
}

template <class V, std::size_t n, std::size_t... k>
PAVLOV_FN void store_each(const Columns<V, n>& columns, typename V::T* at,
                          std::index_sequence<k...>) {
  (columns.column[k].store(at + kRowsOfBlock * k), ...);
}

template <class V, std::size_t n>
PAVLOV_FN void store_columns(const Columns<V, n>& columns, typename V::T* at) {
  store_each(columns, at, std::make_index_sequence<n>());
}

template <class D>
PAVLOV_FN auto as_floats(Lanes<D> v) {
  if constexpr (sizeof(typename Lanes<D>::T) == 4) {
    return v.raw;
  } else {
    return hn::DemoteTo(hn::Rebind<float, D>(), v.raw);
  }
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// Element e of the matrix is lane e / n of column e % n. Two columns fill a register of 16 floats,
// so that one permute of two registers makes 16 elements of up to four columns.
template <std::size_t n>
struct RowOrder {
  // Where elements 16 j.. come from: columns 0 to 3 are numbers 0 to 31, and with six columns a
  // second permute takes those of columns 4 and 5 (16 to 31) and keeps the rest (0 to 15).
  alignas(64) std::int32_t first[n / 2 + n % 2][16];
  alignas(64) std::int32_t second[n / 2 + n % 2][16];

  constexpr RowOrder() : first(), second() {
    for (std::size_t e = 0; e < 8 * n; ++e) {
      const auto lane = static_cast<std::int32_t>(e / n), column = static_cast<std::int32_t>(e % n);
      first[e / 16][e % 16] = column < 4 ? 8 * column + lane : 0;
      second[e / 16][e % 16] =
          column < 4 ? static_cast<std::int32_t>(e % 16) : 16 + 8 * (column - 4) + lane;
    }
  }
};
template <std::size_t n>
inline constexpr RowOrder<n> kRowOrder{};

template <class F>
PAVLOV_FN __m512 side_by_side(F low, F high) {
  return hn::Combine(hn::Twice<hn::DFromV<F>>(), high, low).raw;
}

// Eight rows of n columns, given as registers of two columns each.
template <std::size_t n>
PAVLOV_FN void store_eight_rows(__m512 c01, __m512 c23, __m512 c45, float* to) {
  constexpr std::size_t kWhole = n / 2;
  const RowOrder<n>& order = kRowOrder<n>;
  for (std::size_t j = 0; j < kWhole + n % 2; ++j) {
    __m512 part = _mm512_permutex2var_ps(c01, _mm512_load_si512(order.first[j]), c23);
    if constexpr (n > 4) {
      part = _mm512_permutex2var_ps(part, _mm512_load_si512(order.second[j]), c45);
    }
    if (j < kWhole) {
      _mm512_storeu_ps(to + 16 * j, part);
    } else {
      _mm256_storeu_ps(to + 16 * j, _mm512_castps512_ps256(part));
    }
  }
}
#endif

// Any vectors: as pairs of floats, three to a row.
template <class F>
PAVLOV_FN void store_six(F f0, F f1, F f2, F f3, F f4, F f5, float* to) {
  using D = hn::DFromV<F>;
  [[maybe_unused]] constexpr std::size_t k = hn::MaxLanes(D());
#if HWY_TARGET == HWY_SCALAR
  const F each[6] = {f0, f1, f2, f3, f4, f5};
  for (std::size_t c = 0; c < 6; ++c) to[c] = hn::GetLane(each[c]);
#else
  if constexpr (k == 1) {
    const F each[6] = {f0, f1, f2, f3, f4, f5};
    for (std::size_t c = 0; c < 6; ++c) to[c] = hn::GetLane(each[c]);
  } else if constexpr (k * sizeof(float) == HWY_MAX_BYTES) {
    const hn::Half<D> half;
    store_six(hn::LowerHalf(half, f0), hn::LowerHalf(half, f1), hn::LowerHalf(half, f2),
              hn::LowerHalf(half, f3), hn::LowerHalf(half, f4), hn::LowerHalf(half, f5), to);
    store_six(hn::UpperHalf(half, f0), hn::UpperHalf(half, f1), hn::UpperHalf(half, f2),
              hn::UpperHalf(half, f3), hn::UpperHalf(half, f4), hn::UpperHalf(half, f5),
              to + 3 * k);
  } else {
    const hn::Rebind<std::uint32_t, D> words;
    const hn::Rebind<std::uint64_t, D> pairs;
    const auto pair = [&](F even, F odd) HWY_ATTR {
      const auto low = hn::PromoteTo(pairs, hn::BitCast(words, even));
      const auto high = hn::PromoteTo(pairs, hn::BitCast(words, odd));
      return hn::Or(low, hn::ShiftLeft<32>(high));
    };
    const hn::Rebind<double, D> doubles;
    hn::StoreInterleaved3(hn::BitCast(doubles, pair(f0, f1)), hn::BitCast(doubles, pair(f2, f3)),
                          hn::BitCast(doubles, pair(f4, f5)), doubles,
                          reinterpret_cast<double*>(to));
  }
#endif
}

template <class D, std::size_t n>
PAVLOV_FN void store_float_rows(const Columns<Lanes<D>, n>& columns, float* to) {
  static_assert(n == 2 || n == 3 || n == 4 || n == 6);
  const auto f0 = as_floats(columns.column[0]), f1 = as_floats(columns.column[1]);
  const auto f2 = as_floats(columns.column[n > 2 ? 2 : 0]);
  const auto f3 = as_floats(columns.column[n > 3 ? 3 : 0]);
  [[maybe_unused]] const auto f4 = as_floats(columns.column[n > 4 ? 4 : 0]);
  [[maybe_unused]] const auto f5 = as_floats(columns.column[n > 5 ? 5 : 0]);
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  if constexpr (hn::MaxLanes(hn::DFromV<decltype(f0)>()) == 8) {
    const __m512 c23 = n > 3 ? side_by_side(f2, f3) : side_by_side(f2, f2);
    store_eight_rows<n>(side_by_side(f0, f1), c23, side_by_side(f4, f5), to);
    return;
  }
#endif
  const hn::DFromV<decltype(f0)> floats;
  if constexpr (n == 2) hn::StoreInterleaved2(f0, f1, floats, to);
  if constexpr (n == 3) hn::StoreInterleaved3(f0, f1, f2, floats, to);
  if constexpr (n == 4) hn::StoreInterleaved4(f0, f1, f2, f3, floats, to);
  if constexpr (n == 6) store_six(f0, f1, f2, f3, f4, f5, to);
}

template <class V, std::size_t n, std::size_t... k>
PAVLOV_FN Columns<V, n> first_of(const Columns<Twice<V>, n>& columns, std::index_sequence<k...>) {
  return {{columns.column[k].a...}};
}
template <class V, std::size_t n, std::size_t... k>
PAVLOV_FN Columns<V, n> second_of(const Columns<Twice<V>, n>& columns, std::index_sequence<k...>) {
  return {{columns.column[k].b...}};
}

template <class V, std::size_t n>
PAVLOV_FN void store_float_rows(const Columns<Twice<V>, n>& columns, float* to) {
  constexpr std::make_index_sequence<n> each;
  store_float_rows(first_of(columns, each), to);
  store_float_rows(second_of(columns, each), to + n * V::kLanes);
}

#endif

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_COLUMNS_INL_H
