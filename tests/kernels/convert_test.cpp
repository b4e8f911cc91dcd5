// bfloat16 conversion against arithmetic on doubles, on every SIMD target.
#include "pavlov/kernels/convert.h"

#include <bit>

#include "pavlov/kernels/denormals.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class ConvertTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(ConvertTest);

constexpr float kSentinel = -777.0f;

float widened(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t narrowed(float x) {
  std::uint16_t bits = 0;
  to_bfloat16({&x, 1}, {&bits, 1});
  return bits;
}

// The nearer of the two neighbours that `x` lies between, the even one on ties.
std::uint16_t plain(float x) {
  const auto below = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16);
  const auto above = static_cast<std::uint16_t>(below + 1);
  const auto value = static_cast<double>(x), low = static_cast<double>(widened(below));
  // what would follow the largest number takes part in the rounding
  const double high = std::isinf(widened(above)) ? std::copysign(0x1p128, value)
                                                 : static_cast<double>(widened(above));
  const double to_low = std::fabs(value - low), to_high = std::fabs(high - value);
  if (to_low != to_high) return to_low < to_high ? below : above;
  return below % 2 == 0 ? below : above;
}

TEST_P(ConvertTest, RoundsToNearestEven) {
  RandomStream random(1, "bits");
  for (const std::size_t size : kLengths) {
    for (const std::size_t offset : {0, 1, 3}) {
      std::vector<float> x(size + offset);
      for (float& value : x) {
        do {
          std::uint32_t bits = random.next();
          if (random.below(4) == 0) bits = (bits & 0xFFFF0000u) | 0x8000u;      // a tie
          if (random.below(8) == 0) bits &= 0x807FFFFFu;                        // a denormal
          if (random.below(8) == 0) bits = (bits & 0x8000FFFFu) | 0x7F7F0000u;  // near infinity
          value = std::bit_cast<float>(bits);
        } while (std::isnan(value) || std::isinf(value));
      }
      std::vector<std::uint16_t> bits(size + offset + 1, 0xABCD);
      to_bfloat16(std::span(x).subspan(offset), std::span(bits).subspan(offset, size));
      std::vector<float> back(size + offset + 1, kSentinel);
      from_bfloat16(std::span(bits).subspan(offset, size), std::span(back).subspan(offset, size));
      for (std::size_t i = offset; i < offset + size; ++i) {
        ASSERT_EQ(bits[i], plain(x[i])) << std::hexfloat << x[i];
        ASSERT_EQ(std::bit_cast<std::uint32_t>(back[i]), std::uint32_t{bits[i]} << 16);
      }
      EXPECT_EQ(bits.back(), 0xABCD);
      EXPECT_EQ(back.back(), kSentinel);
      for (std::size_t i = 0; i < offset; ++i) {
        EXPECT_EQ(bits[i], 0xABCD);
        EXPECT_EQ(back[i], kSentinel);
      }
    }
  }
}

TEST_P(ConvertTest, EveryNumberComesBack) {
  std::vector<std::uint16_t> bits(0x10000), again(0x10000);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  std::vector<float> x(0x10000);
  from_bfloat16(bits, x);
  to_bfloat16(x, again);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    // signalling NaN becomes quiet
    ASSERT_EQ(again[i], std::isnan(x[i]) ? bits[i] | 0x40 : bits[i]) << i;
  }
}

TEST_P(ConvertTest, SpecialValues) {
  EXPECT_EQ(narrowed(kInfinity), 0x7F80);
  EXPECT_EQ(narrowed(-kInfinity), 0xFF80);
  EXPECT_EQ(narrowed(-0.0f), 0x8000);
  EXPECT_EQ(narrowed(1.0f), 0x3F80);
  EXPECT_EQ(narrowed(std::numeric_limits<float>::max()), 0x7F80);
  // NaN whose upper bits alone would be infinity, or that rounding would turn into zero
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x7F800001u)), 0x7FC0);
  EXPECT_EQ(narrowed(std::bit_cast<float>(0xFFFFFFFFu)), 0xFFFF);
}

TEST_P(ConvertTest, DenormalsAreKeptWhereTheyAreFlushed) {
  const FlushDenormals flush;
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x00018001u)), 0x0002);
}

TEST(ConvertErrors, NameTheSizes) {
  std::vector<float> x(3);
  std::vector<std::uint16_t> bits(4);
  EXPECT_EQ(argument_error([&] { to_bfloat16(x, bits); }),
            "[convert] x 3, out 4 elements: must be equal");
  EXPECT_EQ(argument_error([&] { from_bfloat16(bits, x); }),
            "[convert] x 4, out 3 elements: must be equal");
}

}  // namespace
}  // namespace pavlov::kernels
