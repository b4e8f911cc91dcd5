// Random streams.
//
// Pcg64 reproduces NumPy's default generator bit for bit (SeedSequence, then PCG XSL-RR 128/64), so
// an environment seeded with s draws what Gymnasium's draws. Sources: NumPy's bit_generator.pyx and
// distributions.c (numpy 2.x); PCG: O'Neill 2014, HMC-CS-2014-0905.
// RandomStream is counter-based (Philox4x32-10: Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3") for everything drawn in bulk. A stream is a pure function of (seed, name,
// position): streams of different names never overlap, whatever the order in which they are drawn.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "pavlov/kernels/host_device.h"

namespace pavlov::kernels {

// NumPy's SeedSequence with a pool of four 32-bit words.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t entropy);
  // Entropy of any length, least significant word first (as NumPy splits a large integer).
  explicit SeedSequence(std::span<const std::uint32_t> entropy);

  // NumPy's generate_state(4, uint64).
  std::array<std::uint64_t, 4> generate_state() const;

 private:
  std::array<std::uint32_t, 4> pool_{};
};

// numpy.random.Generator(PCG64(SeedSequence(seed))), as far as environments use it. A generator may
// be copied to a CUDA device as it is, and draws there what it draws here.
class Pcg64 {
 public:
  // The whole state: two 128-bit numbers (high, low) and the buffered half of a 64-bit draw.
  struct State {
    std::uint64_t state_high, state_low;
    std::uint64_t increment_high, increment_low;  // the low word is odd
    std::uint32_t buffered_half;
    std::uint32_t has_buffered_half;  // 0 or 1
  };

  Pcg64() : Pcg64(0) {}
  explicit Pcg64(std::uint64_t seed) : Pcg64(SeedSequence(seed)) {}
  explicit Pcg64(const SeedSequence& seed);

  // Next 64 random bits.
  PAVLOV_HOST_DEVICE std::uint64_t next() {
    state_ = state_ * kMultiplier + increment_;
    const auto high = static_cast<std::uint64_t>(state_ >> 64);
    const auto low = static_cast<std::uint64_t>(state_);
    const auto rotation = static_cast<unsigned>(high >> 58);
    const std::uint64_t x = high ^ low;
    return (x >> rotation) | (x << ((64 - rotation) & 63));
  }
  // [0, 1), 53 bits.
  PAVLOV_HOST_DEVICE double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // [low, high): low + (high - low) * uniform().
  PAVLOV_HOST_DEVICE double uniform(double low, double high) {
    return low + (high - low) * uniform();
  }
  // [0, 1), 24 bits: Generator.random(dtype=float32).
  float uniform_float() { return static_cast<float>(next_half() >> 8) * 0x1p-24f; }
  // [low, high), high - low in [1, 2^32): Generator.integers (Lemire's method on half draws).
  // Throws std::invalid_argument for an empty or wider range.
  std::int64_t integers(std::int64_t low, std::int64_t high);

  State state() const;
  // Throws std::invalid_argument for an even increment, which no seed can give.
  void set_state(const State& state);

 private:
#if defined(__CUDACC__)  // knows no __extension__ here
  using Uint128 = unsigned __int128;
#else
  __extension__ using Uint128 = unsigned __int128;
#endif
  static constexpr Uint128 kMultiplier =
      (static_cast<Uint128>(0x2360ed051fc65da4ull) << 64) | 0x4385df649fccf645ull;

  // 32 random bits: low half of a draw first, its high half next.
  std::uint32_t next_half();

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  std::uint32_t buffered_half_ = 0;
  bool has_buffered_half_ = false;
};

// Philox4x32-10: ten rounds of a keyed bijection on 128-bit counters.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A named stream of a run. Key: the run's seed; counter: 64 bits of the name's hash, 64 bits of
// position.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint32_t next();
  // [0, 1), 24 bits.
  float uniform() { return static_cast<float>(next() >> 8) * 0x1p-24f; }
  // [0, 1), 53 bits (two words).
  double uniform_double();
  // Every value as uniform_double() gives it, one after the other.
  void uniform(std::span<double> values);
  // [0, n), n >= 1, without bias (Lemire 2019, "Fast random integer generation in an interval").
  std::uint32_t below(std::uint32_t n);
  // Standard normal, by Box-Muller in double.
  double normal();

  // What tells the stream from others: for draws elsewhere (noise.h).
  std::uint64_t seed() const { return seed_; }
  std::uint64_t name_hash() const { return name_hash_; }
  // Number of 32-bit words drawn so far; set_position jumps there in constant time.
  std::uint64_t position() const { return position_; }
  void set_position(std::uint64_t position);

 private:
  std::array<std::uint32_t, 4> words(std::uint64_t block) const;
  void refill();

  std::uint64_t seed_ = 0;
  std::uint64_t name_hash_ = 0;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> block_{};  // words of the block that holds position_
};

}  // namespace pavlov::kernels
