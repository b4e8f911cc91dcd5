// Rows of floats in memory to columns in vectors, and back: lane i of column k is the k-th float of
// row i.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_TRANSPOSE_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_TRANSPOSE_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_TRANSPOSE_INL_H
#endif

#include "pavlov/kernels/simd/lanes-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

template <class V>
PAVLOV_FN void load_columns(const float* const* rows, std::size_t offset, V (&column)[4]) {
  for (std::size_t k = 0; k < 4; ++k) column[k] = V::load(rows[0] + offset + k);
}
template <class V>
PAVLOV_FN void store_columns(const V (&column)[4], float* const* rows, std::size_t offset) {
  for (std::size_t k = 0; k < 4; ++k) column[k].store(rows[0] + offset + k);
}

#else

using Quad = hn::Vec<hn::Full128<float> >;

// Every 128-bit block is a 4x4 matrix with rows in a, b, c, d: transposes all of them.
template <class V>
PAVLOV_FN void transpose_blocks(V (&v)[4]) {
  using D = typename V::Tag;
  const D d;
  const hn::Repartition<double, D> pairs;
  const auto wide = [&](hn::Vec<D> x) HWY_ATTR { return hn::BitCast(pairs, x); };
  const auto ab01 = wide(hn::InterleaveLower(d, v[0].raw, v[1].raw));
  const auto ab23 = wide(hn::InterleaveUpper(d, v[0].raw, v[1].raw));
  const auto cd01 = wide(hn::InterleaveLower(d, v[2].raw, v[3].raw));
  const auto cd23 = wide(hn::InterleaveUpper(d, v[2].raw, v[3].raw));
  v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, ab01, cd01));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, ab01, cd01));
  v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, ab23, cd23));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, ab23, cd23));
}

// Columns offset .. offset + 3 of V::kLanes rows. Block b of the vector for row j of the matrices
// comes from row 4 b + j, so that lanes end up in order.
template <class V>
PAVLOV_FN void load_columns(const float* const* rows, std::size_t offset, V (&column)[4]) {
  const hn::Full128<float> quad;
  const auto block = [&](std::size_t row) HWY_ATTR { return hn::LoadU(quad, rows[row] + offset); };
  for (std::size_t j = 0; j < 4; ++j) {
    if constexpr (V::kLanes == 4) {
      column[j] = block(j);
    } else if constexpr (V::kLanes == 8) {
      column[j] = hn::Combine(typename V::Tag(), block(4 + j), block(j));
    } else {
      const hn::Half<typename V::Tag> half;
      column[j] = hn::Combine(typename V::Tag(), hn::Combine(half, block(12 + j), block(8 + j)),
                              hn::Combine(half, block(4 + j), block(j)));
    }
  }
  transpose_blocks(column);
}

// The inverse.
template <class V>
PAVLOV_FN void store_columns(const V (&column)[4], float* const* rows, std::size_t offset) {
  const hn::Full128<float> quad;
  V v[4] = {column[0], column[1], column[2], column[3]};
  transpose_blocks(v);
  for (std::size_t j = 0; j < 4; ++j) {
    if constexpr (V::kLanes == 4) {
      hn::StoreU(v[j].raw, quad, rows[j] + offset);
    } else if constexpr (V::kLanes == 8) {
      const hn::Half<typename V::Tag> half;
      hn::StoreU(hn::LowerHalf(half, v[j].raw), quad, rows[j] + offset);
      hn::StoreU(hn::UpperHalf(half, v[j].raw), quad, rows[4 + j] + offset);
    } else {
      const hn::Half<typename V::Tag> half;
      const auto low = hn::LowerHalf(half, v[j].raw), high = hn::UpperHalf(half, v[j].raw);
      hn::StoreU(hn::LowerHalf(quad, low), quad, rows[j] + offset);
      hn::StoreU(hn::UpperHalf(quad, low), quad, rows[4 + j] + offset);
      hn::StoreU(hn::LowerHalf(quad, high), quad, rows[8 + j] + offset);
      hn::StoreU(hn::UpperHalf(quad, high), quad, rows[12 + j] + offset);
    }
  }
}

#endif

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_TRANSPOSE_INL_H
