// Kernels of noise.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// The block of numbers of kernels/noise.h, which a radius and an angle share by halves.
constexpr std::size_t kNoiseBlock = 512;

// Pairs of numbers in a draw of `size`; each takes two words.
PAVLOV_FN std::uint64_t noise_pairs(std::size_t size) {
  return size / kNoiseBlock * (kNoiseBlock / 2) + (size % kNoiseBlock + 1) / 2;
}

// Word number `position` of a RandomStream: Philox4x32-10 of its block.
PAVLOV_FN std::uint32_t stream_word(std::uint64_t seed, std::uint64_t name_hash,
                                    std::uint64_t position) {
  const std::uint64_t block = position / 4;
  std::uint32_t c[4] = {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                        static_cast<std::uint32_t>(name_hash),
                        static_cast<std::uint32_t>(name_hash >> 32)};
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = static_cast<std::uint64_t>(c[0]) * 0xD2511F53u;
    const std::uint64_t p1 = static_cast<std::uint64_t>(c[2]) * 0xCD9E8D57u;
    const std::uint32_t c1 = c[1], c3 = c[3];
    c[0] = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ key0;
    c[1] = static_cast<std::uint32_t>(p1);
    c[2] = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ key1;
    c[3] = static_cast<std::uint32_t>(p0);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c[position % 4];
}

struct CosSin {
  float cos, sin;
};

// Of 2 pi turns 2^-24, as cos_sin of cpu/noise.cpp.
PAVLOV_FN CosSin cos_sin_of_turns(std::int32_t turns) {
  constexpr float kHalfPi = 1.57079633f;
  const std::int32_t quarters = (turns + (1 << 21)) >> 22;
  const std::int32_t rest = turns - quarters * (1 << 22);
  const float x = static_cast<float>(rest) * (kHalfPi * (1.0f / 4194304.0f));
  const float z = x * x;
  float s = -1.9515295891e-4f;
  s = ::fmaf(s, z, 8.3321608736e-3f);
  s = ::fmaf(s, z, -1.6666654611e-1f);
  s = ::fmaf(x * z, s, x);
  float c = 2.443315711809948e-5f;
  c = ::fmaf(c, z, -1.388731625493765e-3f);
  c = ::fmaf(c, z, 4.166664568298827e-2f);
  c = ::fmaf(z * z, c, ::fmaf(-0.5f, z, 1.0f));
  const float sine = quarters % 2 != 0 ? c : s;
  const float cosine = quarters % 2 != 0 ? -s : c;
  return quarters & 2 ? CosSin{-cosine, -sine} : CosSin{cosine, sine};
}

template <class Finish>
struct NoisePair {
  static constexpr std::size_t kMost = 32;
  std::uint64_t seed, name_hash;
  const std::uint64_t* position;
  std::uint64_t offset;
  std::size_t vectors;
  std::size_t size[kMost];
  float* out;

  // Pair number i of all vectors.
  PAVLOV_FN void operator()(std::size_t i) const {
    std::uint64_t word = *position + offset;
    float* to = out;
    std::size_t v = 0;
    while (v + 1 < vectors && i >= noise_pairs(size[v])) {
      i -= noise_pairs(size[v]);
      word += 2 * noise_pairs(size[v]);
      to += size[v];
      ++v;
    }
    const std::size_t block = i / (kNoiseBlock / 2), k = i % (kNoiseBlock / 2);
    const std::size_t first = block * kNoiseBlock;
    const std::size_t left = size[v] - first, count = left < kNoiseBlock ? left : kNoiseBlock;
    const std::size_t half = (count + 1) / 2;
    const std::uint64_t radius_at = word + first + k;
    const std::uint32_t radius_word = stream_word(seed, name_hash, radius_at) >> 8;
    const std::uint32_t angle_word = stream_word(seed, name_hash, radius_at + half) >> 8;
    const float u = static_cast<float>(radius_word + 1) * (1.0f / 16777216.0f);
    const float radius = ::sqrtf(-2.0f * log_of(u));
    const CosSin direction = cos_sin_of_turns(static_cast<std::int32_t>(angle_word));
    to[first + k] = Finish()(radius * direction.cos);
    if (half + k < count) to[first + half + k] = Finish()(radius * direction.sin);
  }
};

struct Normal {
  PAVLOV_FN float operator()(float e) const { return e; }
};
// f(e) = sign(e) sqrt|e|
struct FactorNoise {
  PAVLOV_FN float operator()(float e) const { return ::copysignf(::sqrtf(::fabsf(e)), e); }
};

}  // namespace pavlov::kernels::cuda
