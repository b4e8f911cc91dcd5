// The words of a RandomStream (random.h), several blocks of Philox4x32-10 at a time.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_PHILOX_INL_H_
#undef PAVLOV_KERNELS_CPU_PHILOX_INL_H_
#else
#define PAVLOV_KERNELS_CPU_PHILOX_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// A lane holds one word of a block in its lower half; the upper half is of no account.
using Words = hn::ScalableTag<std::uint64_t>;
using WordVector = hn::Vec<Words>;

// The rounds of one block are a chain; those of several vectors of blocks fill the pipeline.
constexpr std::size_t kPhiloxVectors = HWY_TARGET == HWY_AVX3 ? 4 : 2;
// Words come in groups of so many.
constexpr std::size_t kPhiloxGroup = kPhiloxVectors * 4 * hn::MaxLanes(Words());

// Of lower halves, all 64 bits.
HWY_INLINE WordVector multiply_words(WordVector a, WordVector b) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Mul(hn::And(a, hn::Set(Words(), 0xffffffffu)), b);
#else
  const hn::Repartition<std::uint32_t, Words> d32;
  return hn::MulEven(hn::BitCast(d32, a), hn::BitCast(d32, b));
#endif
}

// The words of blocks [block, ...) of the stream of this seed and name, `count` of them rounded up
// to whole groups.
HWY_INLINE void philox_words(std::uint64_t seed, std::uint64_t name_hash, std::uint64_t block,
                             std::size_t count, std::uint32_t* out) {
  const Words d;
  constexpr std::uint32_t kWeyl[] = {0x9e3779b9u, 0xbb67ae85u};
  const auto multiplier0 = hn::Set(d, 0xd2511f53u), multiplier1 = hn::Set(d, 0xcd9e8d57u);
  const auto lower = hn::Set(d, 0xffffffffu);
  for (std::size_t i = 0; i < count; i += kPhiloxGroup) {
    WordVector word[kPhiloxVectors][4];
    for (auto& w : word) {
      w[0] = hn::Iota(d, block);
      w[1] = hn::ShiftRight<32>(w[0]);
      w[2] = hn::Set(d, name_hash);
      w[3] = hn::Set(d, name_hash >> 32);
      block += hn::Lanes(d);
    }
    auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round, key0 += kWeyl[0], key1 += kWeyl[1]) {
      const auto k0 = hn::Set(d, key0), k1 = hn::Set(d, key1);
      for (auto& w : word) {
        const auto p0 = multiply_words(w[0], multiplier0);
        const auto p1 = multiply_words(w[2], multiplier1);
        w[0] = hn::Xor3(hn::ShiftRight<32>(p1), w[1], k0);
        w[1] = p1;
        w[2] = hn::Xor3(hn::ShiftRight<32>(p0), w[3], k1);
        w[3] = p0;
      }
    }
    for (const auto& w : word) {
      const auto low = hn::Or(hn::And(w[0], lower), hn::ShiftLeft<32>(w[1]));
      const auto high = hn::Or(hn::And(w[2], lower), hn::ShiftLeft<32>(w[3]));
      hn::StoreInterleaved2(low, high, d, reinterpret_cast<std::uint64_t*>(out));
      out += 4 * hn::Lanes(d);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
