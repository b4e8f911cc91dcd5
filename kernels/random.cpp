#include "pavlov/kernels/random.h"

#include <cmath>
#include <vector>

#include "pavlov/kernels/check.h"

namespace pavlov::kernels {
namespace {

// Hash constants of NumPy's SeedSequence (O'Neill's seed_seq_fe).
constexpr std::uint32_t kInitA = 0x43b0d7e5u;
constexpr std::uint32_t kMultA = 0x931e8875u;
constexpr std::uint32_t kInitB = 0x8b51f9ddu;
constexpr std::uint32_t kMultB = 0x58f38dedu;
constexpr std::uint32_t kMixL = 0xca01f9ddu;
constexpr std::uint32_t kMixR = 0x4973f715u;

// The hash whose multiplier walks on with every call.
class WalkingHash {
 public:
  WalkingHash(std::uint32_t constant, std::uint32_t multiplier)
      : constant_(constant), multiplier_(multiplier) {}
  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  std::uint32_t constant_;
  std::uint32_t multiplier_;
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t result = kMixL * x - kMixR * y;
  return result ^ (result >> 16);
}

// FNV-1a, 64 bits.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

std::uint32_t low_word(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high_word(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// [0, 1), the upper 53 of 64 bits.
double unit_double(std::uint64_t high, std::uint64_t low) {
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
}

std::vector<std::uint32_t> words_of(std::uint64_t entropy) {
  if (high_word(entropy) == 0) return {low_word(entropy)};
  return {low_word(entropy), high_word(entropy)};
}

}  // namespace

SeedSequence::SeedSequence(std::uint64_t entropy) : SeedSequence(words_of(entropy)) {}

SeedSequence::SeedSequence(std::span<const std::uint32_t> entropy) {
  WalkingHash hash(kInitA, kMultA);
  const std::size_t size = pool_.size();
  for (std::size_t i = 0; i < size; ++i) pool_[i] = hash(i < entropy.size() ? entropy[i] : 0);
  for (std::size_t from = 0; from < size; ++from) {
    for (std::size_t to = 0; to < size; ++to) {
      if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from]));
    }
  }
  for (std::size_t from = size; from < entropy.size(); ++from) {
    for (std::size_t to = 0; to < size; ++to) pool_[to] = mix(pool_[to], hash(entropy[from]));
  }
}

std::array<std::uint64_t, 4> SeedSequence::generate_state() const {
  WalkingHash hash(kInitB, kMultB);
  std::array<std::uint64_t, 4> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t low = hash(pool_[(2 * i) % pool_.size()]);
    const std::uint64_t high = hash(pool_[(2 * i + 1) % pool_.size()]);
    words[i] = (high << 32) | low;
  }
  return words;
}

Pcg64::Pcg64(const SeedSequence& seed) {
  const std::array<std::uint64_t, 4> words = seed.generate_state();
  const Uint128 initial = (static_cast<Uint128>(words[0]) << 64) | words[1];
  const Uint128 stream = (static_cast<Uint128>(words[2]) << 64) | words[3];
  increment_ = (stream << 1) | 1u;
  // pcg_setseq_128_srandom: step from zero, add, step.
  state_ = increment_ + initial;
  state_ = state_ * kMultiplier + increment_;
}

std::uint32_t Pcg64::next_half() {
  if (has_buffered_half_) {
    has_buffered_half_ = false;
    return buffered_half_;
  }
  const std::uint64_t draw = next();
  buffered_half_ = high_word(draw);
  has_buffered_half_ = true;
  return low_word(draw);
}

std::int64_t Pcg64::integers(std::int64_t low, std::int64_t high) {
  const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (high <= low || width >= (std::uint64_t{1} << 32)) {
    throw_argument("random", "integers: high - low must be in [1, 2^32)");
  }
  if (width == 1) return low;  // NumPy draws nothing for a single value
  const auto n = static_cast<std::uint32_t>(width);
  std::uint64_t product = static_cast<std::uint64_t>(next_half()) * n;
  if (low_word(product) < n) {
    const std::uint32_t threshold = (0u - n) % n;
    while (low_word(product) < threshold) product = static_cast<std::uint64_t>(next_half()) * n;
  }
  return low + static_cast<std::int64_t>(high_word(product));
}

Pcg64::State Pcg64::state() const {
  return {static_cast<std::uint64_t>(state_ >> 64),
          static_cast<std::uint64_t>(state_),
          static_cast<std::uint64_t>(increment_ >> 64),
          static_cast<std::uint64_t>(increment_),
          buffered_half_,
          has_buffered_half_ ? 1u : 0u};
}

void Pcg64::set_state(const State& state) {
  if ((state.increment_low & 1u) == 0 || state.has_buffered_half > 1) {
    throw_argument("random", "generator state is corrupt: the increment must be odd");
  }
  state_ = (static_cast<Uint128>(state.state_high) << 64) | state.state_low;
  increment_ = (static_cast<Uint128>(state.increment_high) << 64) | state.increment_low;
  buffered_half_ = state.buffered_half;
  has_buffered_half_ = state.has_buffered_half == 1;
}

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c,
                                        std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiplier0 = 0xd2511f53u;
  constexpr std::uint64_t kMultiplier1 = 0xcd9e8d57u;
  constexpr std::uint32_t kWeyl0 = 0x9e3779b9u;
  constexpr std::uint32_t kWeyl1 = 0xbb67ae85u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = kMultiplier0 * c[0];
    const std::uint64_t p1 = kMultiplier1 * c[2];
    c = {high_word(p1) ^ c[1] ^ key[0], low_word(p1), high_word(p0) ^ c[3] ^ key[1], low_word(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return c;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view name)
    : seed_(seed), name_hash_(hash_name(name)) {
  refill();
}

std::array<std::uint32_t, 4> RandomStream::words(std::uint64_t block) const {
  return philox4x32(
      {low_word(block), high_word(block), low_word(name_hash_), high_word(name_hash_)},
      {low_word(seed_), high_word(seed_)});
}

void RandomStream::refill() { block_ = words(position_ / 4); }

std::uint32_t RandomStream::next() {
  const std::uint32_t word = block_[position_ % 4];
  ++position_;
  if (position_ % 4 == 0) refill();
  return word;
}

double RandomStream::uniform_double() {
  const std::uint64_t high = next();
  const std::uint64_t low = next();
  return unit_double(high, low);
}

void RandomStream::uniform(std::span<double> values) {
  std::size_t i = 0;
  while (i < values.size() && position_ % 4 != 0) values[i++] = uniform_double();
  if (i + 2 <= values.size() && position_ % 4 == 0) {  // whole blocks, two values of each
    for (; i + 2 <= values.size(); i += 2, position_ += 4) {
      const std::array<std::uint32_t, 4> word = words(position_ / 4);
      values[i] = unit_double(word[0], word[1]);
      values[i + 1] = unit_double(word[2], word[3]);
    }
    refill();
  }
  for (; i < values.size(); ++i) values[i] = uniform_double();
}

std::uint32_t RandomStream::below(std::uint32_t n) {
  if (n == 0) throw_argument("random", "below: n must be at least 1");
  std::uint64_t product = static_cast<std::uint64_t>(next()) * n;
  if (low_word(product) < n) {
    const std::uint32_t threshold = (0u - n) % n;
    while (low_word(product) < threshold) product = static_cast<std::uint64_t>(next()) * n;
  }
  return high_word(product);
}

double RandomStream::normal() {
  constexpr double kTwoPi = 6.283185307179586;
  const double u = 1.0 - uniform_double();  // (0, 1]
  const double angle = kTwoPi * uniform_double();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
}

void RandomStream::set_position(std::uint64_t position) {
  position_ = position;
  refill();
}

}  // namespace pavlov::kernels
