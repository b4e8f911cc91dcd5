// Table lookups: one row of four doubles per lane.
//
//   table_row(table, a)             row number: the low seven bits of the representation of a
//   narrow_row(table, columns, a)   the same for rows below 32; `columns` holds them by columns
#if defined(PAVLOV_KERNELS_SIMD_TABLE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_TABLE_INL_H
#undef PAVLOV_KERNELS_SIMD_TABLE_INL_H
#else
#define PAVLOV_KERNELS_SIMD_TABLE_INL_H
#endif

#include "pavlov/kernels/simd/lanes-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

// One row of a table of four columns, per lane.
template <class V>
struct Row4 {
  V c0, c1, c2, c3;
};

#if defined(HWY_TARGET)

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// Eight row loads and a transpose: gathers are slow on some processors (Zen 4: twice as long).
template <class D>
PAVLOV_FN Row4<Lanes<D>> table_rows_of_eight(const double (*table)[4], __m512i index) {
  alignas(64) std::int64_t k[8];
  _mm512_store_si512(k, index);
  const auto rows = [&](std::size_t low, std::size_t high) HWY_ATTR {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_load_pd(table[k[low]])),
                              _mm256_load_pd(table[k[high]]), 1);
  };
  const __m512d r02 = rows(0, 2), r13 = rows(1, 3), r46 = rows(4, 6), r57 = rows(5, 7);
  // Columns 0 and 2 of four rows, then columns 1 and 3.
  const __m512d even_low = _mm512_unpacklo_pd(r02, r13), even_high = _mm512_unpacklo_pd(r46, r57);
  const __m512d odd_low = _mm512_unpackhi_pd(r02, r13), odd_high = _mm512_unpackhi_pd(r46, r57);
  using V = hn::Vec<D>;
  return {V{_mm512_shuffle_f64x2(even_low, even_high, 0x88)},
          V{_mm512_shuffle_f64x2(odd_low, odd_high, 0x88)},
          V{_mm512_shuffle_f64x2(even_low, even_high, 0xdd)},
          V{_mm512_shuffle_f64x2(odd_low, odd_high, 0xdd)}};
}
#endif

template <class D>
PAVLOV_FN Row4<Lanes<D>> table_row(const double (*table)[4], Lanes<D> a) {
  const D d;
  const typename Lanes<D>::Integers integers;
  const auto index = hn::And(hn::BitCast(integers, a.raw), hn::Set(integers, 127));
#if HWY_TARGET == HWY_SCALAR
  const double* row = table[hn::GetLane(index)];
  return {hn::Load(d, row), hn::Load(d, row + 1), hn::Load(d, row + 2), hn::Load(d, row + 3)};
#else
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  if constexpr (kLanes == 1) {
    const double* row = table[hn::GetLane(index)];
    return {hn::Load(d, row), hn::Load(d, row + 1), hn::Load(d, row + 2), hn::Load(d, row + 3)};
  } else if constexpr (kLanes == 2 || kLanes == 4) {
    // Two loads per row and a transpose: faster than four gathers.
    std::int64_t k[kLanes];
    hn::StoreU(index, integers, k);
    const hn::CappedTag<double, 2> pair;
    const auto half = [&](std::size_t lane, std::size_t column)
                          HWY_ATTR { return hn::Load(pair, table[k[lane]] + column); };
    if constexpr (kLanes == 2) {
      const auto even_0 = half(0, 0), odd_0 = half(1, 0), even_2 = half(0, 2), odd_2 = half(1, 2);
      return {hn::InterleaveLower(d, even_0, odd_0), hn::InterleaveUpper(d, even_0, odd_0),
              hn::InterleaveLower(d, even_2, odd_2), hn::InterleaveUpper(d, even_2, odd_2)};
    } else {
      const auto even_0 = hn::Combine(d, half(2, 0), half(0, 0));
      const auto odd_0 = hn::Combine(d, half(3, 0), half(1, 0));
      const auto even_2 = hn::Combine(d, half(2, 2), half(0, 2));
      const auto odd_2 = hn::Combine(d, half(3, 2), half(1, 2));
      return {hn::InterleaveLower(d, even_0, odd_0), hn::InterleaveUpper(d, even_0, odd_0),
              hn::InterleaveLower(d, even_2, odd_2), hn::InterleaveUpper(d, even_2, odd_2)};
    }
  } else {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    return table_rows_of_eight<D>(table, index.raw);
#else
    const auto offset = hn::ShiftLeft<2>(index);
    const double* base = table[0];
    return {hn::GatherIndex(d, base, offset), hn::GatherIndex(d, base + 1, offset),
            hn::GatherIndex(d, base + 2, offset), hn::GatherIndex(d, base + 3, offset)};
#endif
  }
#endif
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// AVX-512 holds 32 rows in registers: two permutes of two registers, chosen by bit 4 of the index.
PAVLOV_FN __m512d lookup32(const double* column, __m512i index, __mmask8 upper) {
  const __m512d low =
      _mm512_permutex2var_pd(_mm512_load_pd(column), index, _mm512_load_pd(column + 8));
  const __m512d high =
      _mm512_permutex2var_pd(_mm512_load_pd(column + 16), index, _mm512_load_pd(column + 24));
  return _mm512_mask_blend_pd(upper, low, high);
}
#endif

template <class D>
PAVLOV_FN Row4<Lanes<D>> narrow_row(const double (*table)[4],
                                    [[maybe_unused]] const double (*columns)[32], Lanes<D> a) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  if constexpr (hn::MaxLanes(D()) == 8) {
    const __m512i index = _mm512_castpd_si512(a.raw.raw);
    const __mmask8 upper = _mm512_test_epi64_mask(index, _mm512_set1_epi64(16));
    using V = hn::Vec<D>;
    return {V{lookup32(columns[0], index, upper)}, V{lookup32(columns[1], index, upper)},
            V{lookup32(columns[2], index, upper)}, V{lookup32(columns[3], index, upper)}};
  }
#endif
  return table_row(table, a);
}

#else  // one number

PAVLOV_FN Row4<double> table_row(const double (*table)[4], double a) {
  const double* row = table[representation(a) & 127];
  return {row[0], row[1], row[2], row[3]};
}

PAVLOV_FN Row4<double> narrow_row(const double (*table)[4], const double (*)[32], double a) {
  return table_row(table, a);
}

#endif

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_TABLE_INL_H
