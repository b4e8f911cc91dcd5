// Random streams against NumPy (tests/data/seeding.csv, written by NumPy 2.4) and Random123.
#include "pavlov/kernels/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace pavlov::kernels {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> result;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) result.push_back(field);
  return result;
}

std::vector<Row> seeding_table() {
  std::ifstream file(std::string(PAVLOV_TEST_DATA) + "/seeding.csv");
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = fields(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = fields(line);
    if (values.size() != names.size()) throw std::runtime_error("seeding.csv: " + line);
    Row row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = values[i];
    rows.push_back(row);
  }
  return rows;
}

// A decimal number of any length in 32-bit words, least significant first.
std::vector<std::uint32_t> words_of_decimal(const std::string& digits) {
  std::vector<std::uint32_t> words = {0};
  for (const char digit : digits) {
    std::uint64_t carry = static_cast<std::uint64_t>(digit - '0');
    for (std::uint32_t& word : words) {
      carry += std::uint64_t{word} * 10;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
  }
  return words;
}

std::uint64_t hex(const std::string& text) { return std::stoull(text, nullptr, 16); }

TEST(SeedSequenceTest, WordsEqualNumPy) {
  const std::vector<Row> rows = seeding_table();
  ASSERT_EQ(rows.size(), 51u);
  for (const Row& row : rows) {
    const std::vector<std::uint32_t> entropy = words_of_decimal(row.at("seed"));
    const std::array<std::uint64_t, 4> words = SeedSequence(entropy).generate_state();
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(words[i], hex(row.at("word" + std::to_string(i)))) << row.at("seed");
    }
    if (entropy.size() > 2) continue;
    EXPECT_EQ(SeedSequence(std::stoull(row.at("seed"))).generate_state(), words);
  }
}

// Every column is drawn in this order from one generator. Normals are not part of Pcg64: they and
// the float32 draws after them are left out; normals do not touch the buffered half.
TEST(Pcg64Test, DrawsEqualNumPy) {
  for (const Row& row : seeding_table()) {
    const SeedSequence seed(words_of_decimal(row.at("seed")));
    Pcg64 raw(seed);
    for (const char* name : {"raw0", "raw1", "raw2"}) EXPECT_EQ(raw.next(), hex(row.at(name)));

    Pcg64 random(seed);
    const auto number = [&](const char* name) {
      return std::strtod(row.at(name).c_str(), nullptr);
    };
    const auto integer = [&](const std::string& name) { return std::stoll(row.at(name)); };
    EXPECT_EQ(random.uniform(-1.0, 1.0), number("uniform0"));
    EXPECT_EQ(random.uniform(-1.0, 1.0), number("uniform1"));
    for (const char* name : {"wind0", "wind1", "wind2"}) {
      EXPECT_EQ(random.integers(-9999, 9999), integer(name)) << row.at("seed");
    }
    EXPECT_EQ(random.uniform(0.0, 1.0), number("uniform2"));
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(random.integers(0, 4), integer("int4_" + std::to_string(i)));
    }
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(random.integers(0, 3), integer("int3_" + std::to_string(i)));
    }
  }
}

TEST(Pcg64Test, GoldenValuesOfSeed42) {
  const std::array<std::uint64_t, 4> words = SeedSequence(42).generate_state();
  EXPECT_EQ(words[0], 0x9f1e2e6dcd540ab7u);
  EXPECT_EQ(words[1], 0xd57873dc79fb94b6u);
  EXPECT_EQ(words[2], 0x7d282a1b64d420b7u);
  EXPECT_EQ(words[3], 0x336579714692d5ffu);
  Pcg64 raw(42);
  EXPECT_EQ(raw.next(), 0xc621fbcd16d92688u);
  EXPECT_EQ(raw.next(), 0x705a5661a791ffc1u);
  // wind of a LunarLander: both halves of the third word
  EXPECT_EQ(raw.integers(-9999, 9999), -1340);
  EXPECT_EQ(raw.integers(-9999, 9999), 7171);
  Pcg64 random(42);
  EXPECT_EQ(random.uniform(-1.0, 1.0), 0.5479120971119267);
  EXPECT_EQ(random.uniform(-1.0, 1.0), -0.12224312049589536);
  // CartPole's reset
  Pcg64 cartpole(42);
  const float expected[] = {0.0273956042f, -0.0061121560f, 0.0358597934f, 0.0197368022f};
  for (const float value : expected) {
    EXPECT_EQ(static_cast<float>(cartpole.uniform(-0.05, 0.05)), value);
  }
}

TEST(Pcg64Test, FloatsUseTheHalvesOfADraw) {
  Pcg64 words(7);
  const std::uint64_t draw = words.next();
  Pcg64 random(7);
  EXPECT_EQ(random.uniform_float(), static_cast<float>((draw & 0xffffffffu) >> 8) * 0x1p-24f);
  const double whole = random.uniform();  // does not use the waiting half
  EXPECT_EQ(whole, static_cast<double>(words.next() >> 11) * 0x1p-53);
  EXPECT_EQ(random.uniform_float(), static_cast<float>(draw >> 40) * 0x1p-24f);
}

TEST(Pcg64Test, IntegerRanges) {
  Pcg64 random(3);
  const Pcg64::State before = random.state();
  EXPECT_EQ(random.integers(5, 6), 5);  // draws nothing
  EXPECT_EQ(random.state().state_low, before.state_low);
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t wide =
        random.integers(-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1);
    EXPECT_GE(wide, -(std::int64_t{1} << 31));
    EXPECT_LT(wide, (std::int64_t{1} << 31) - 1);
  }
  EXPECT_THROW(random.integers(1, 1), std::invalid_argument);
  EXPECT_THROW(random.integers(2, 1), std::invalid_argument);
  EXPECT_THROW(random.integers(0, std::int64_t{1} << 32), std::invalid_argument);
  EXPECT_THROW(random.integers(INT64_MIN, INT64_MAX), std::invalid_argument);
}

TEST(Pcg64Test, StateRoundTripContinuesTheStream) {
  Pcg64 random(9);
  random.integers(0, 10);  // leaves a half waiting
  Pcg64::State state = random.state();
  EXPECT_EQ(state.has_buffered_half, 1u);
  Pcg64 copy;
  copy.set_state(state);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(copy.integers(0, 1000), random.integers(0, 1000));
    EXPECT_EQ(copy.next(), random.next());
  }
  state.has_buffered_half = 2;
  EXPECT_THROW(copy.set_state(state), std::invalid_argument);
  state.has_buffered_half = 0;
  state.increment_low &= ~std::uint64_t{1};
  EXPECT_THROW(copy.set_state(state), std::invalid_argument);
}

// Known answers of Random123's kat_vectors, philox4x32-10.
TEST(PhiloxTest, KnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  constexpr std::uint32_t kOnes = 0xffffffffu;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStreamTest, IsAFunctionOfSeedNameAndPosition) {
  RandomStream a(1, "exploration"), b(1, "exploration");
  std::vector<std::uint32_t> words;
  for (int i = 0; i < 50; ++i) words.push_back(a.next());
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(b.next(), words[i]);
  EXPECT_EQ(a.position(), 50u);
  for (const std::size_t position : {49, 0, 3, 4, 5, 17}) {
    b.set_position(position);
    EXPECT_EQ(b.position(), position);
    for (std::size_t i = position; i < 50; ++i) ASSERT_EQ(b.next(), words[i]) << position;
  }
  b.set_position(std::uint64_t{1} << 40);
  EXPECT_EQ(b.position(), std::uint64_t{1} << 40);
}

TEST(RandomStreamTest, ManyValuesAreThoseOfSingleCalls) {
  for (const std::uint64_t start : {0, 1, 2, 3, 4, 7}) {
    for (const std::size_t size : {0, 1, 2, 3, 4, 5, 8, 33}) {
      RandomStream one(1, "draws"), many(1, "draws");
      one.set_position(start);
      many.set_position(start);
      std::vector<double> values(size);
      many.uniform(values);
      for (const double value : values) ASSERT_EQ(value, one.uniform_double());
      ASSERT_EQ(many.position(), one.position());
      ASSERT_EQ(many.next(), one.next());
    }
  }
}

TEST(RandomStreamTest, StreamsOfOtherNamesAndSeedsDiffer) {
  std::set<std::uint32_t> seen;
  std::size_t drawn = 0;
  for (const std::uint64_t seed : {0ull, 1ull, 2ull, 1ull << 32, 1ull << 63}) {
    for (const char* name : {"", "a", "b", "ab", "ba", "exploration", "replay"}) {
      RandomStream stream(seed, name);
      for (int i = 0; i < 8; ++i, ++drawn) seen.insert(stream.next());
    }
  }
  EXPECT_EQ(seen.size(), drawn);  // a collision among 280 of 2^32 has probability 1e-5
}

// Words of two streams, paired, are uncorrelated.
TEST(RandomStreamTest, StreamsAreIndependent) {
  RandomStream a(1, "exploration"), b(1, "replay"), c(2, "exploration");
  constexpr int kDraws = 100000;
  double ab = 0.0, ac = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = a.uniform_double() - 0.5;
    ab += x * (b.uniform_double() - 0.5);
    ac += x * (c.uniform_double() - 0.5);
  }
  const double deviation = std::sqrt(static_cast<double>(kDraws)) / 12.0;
  EXPECT_LT(std::fabs(ab), 4.0 * deviation);
  EXPECT_LT(std::fabs(ac), 4.0 * deviation);
}

// chi-square at 99.9 %: mean df, deviation sqrt(2 df); the normal bound is generous enough here.
void expect_uniform(const std::vector<int>& counts, int draws) {
  const double expected = static_cast<double>(draws) / static_cast<double>(counts.size());
  double chi_square = 0.0;
  for (const int count : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  const double freedom = static_cast<double>(counts.size()) - 1.0;
  EXPECT_LT(chi_square, freedom + 4.0 * std::sqrt(2.0 * freedom) + 4.0);
}

TEST(RandomStreamTest, BelowIsUniform) {
  RandomStream random(5, "below");
  for (const std::uint32_t n : {2u, 3u, 6u, 7u, 100u}) {
    std::vector<int> counts(n);
    for (int i = 0; i < 100000; ++i) ++counts.at(random.below(n));
    expect_uniform(counts, 100000);
  }
  // a modulus or plain scaling would favour one third of this range by 2 to 1
  std::vector<int> thirds(3);
  for (int i = 0; i < 90000; ++i) ++thirds.at(random.below(0xc0000000u) >> 30);
  expect_uniform(thirds, 90000);
  EXPECT_EQ(random.below(1), 0u);
  EXPECT_THROW(random.below(0), std::invalid_argument);
}

TEST(RandomStreamTest, UniformStaysBelowOne) {
  RandomStream random(6, "uniform");
  double sum = 0.0;
  for (int i = 0; i < 100000; ++i) {
    const float u = random.uniform();
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    sum += static_cast<double>(u);
  }
  EXPECT_NEAR(sum / 100000.0, 0.5, 4.0 / std::sqrt(12.0 * 100000.0));
}

TEST(RandomStreamTest, NormalHasItsMoments) {
  RandomStream random(8, "normal");
  constexpr int kDraws = 200000;
  double sum = 0.0, square = 0.0, fourth = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  const double root = std::sqrt(static_cast<double>(kDraws));
  EXPECT_NEAR(sum / kDraws, 0.0, 4.0 / root);
  EXPECT_NEAR(square / kDraws, 1.0, 4.0 * std::sqrt(2.0) / root);
  EXPECT_NEAR(fourth / kDraws, 3.0, 4.0 * std::sqrt(96.0) / root);
}

}  // namespace
}  // namespace pavlov::kernels
