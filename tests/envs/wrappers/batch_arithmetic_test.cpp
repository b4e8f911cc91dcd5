// The arithmetic of the normalizing wrappers on every SIMD target against number after number:
// every bit, for lengths around those of vectors, at any address.
#include "pavlov/envs/wrappers/batch_arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/on_every_target.h"
#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kLengths[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 1000};

// Of both signs and many magnitudes; some zeros and the least numbers.
template <class Real>
std::vector<Real> numbers(std::size_t size, std::uint64_t seed) {
  kernels::Pcg64 random(seed);
  std::vector<Real> values(size);
  for (Real& value : values) {
    value = static_cast<Real>(random.uniform(-1, 1) * std::exp2(random.uniform(-20, 20)));
    const std::int64_t kind = random.integers(0, 32);
    if (kind == 0) value = Real{0};
    if (kind == 1) value = -std::numeric_limits<Real>::denorm_min();
  }
  return values;
}

template <class Real>
std::vector<Real> repeated(const std::vector<Real>& values) {
  std::vector<Real> all;
  for (std::size_t k = 0; k < kRepeats; ++k) all.insert(all.end(), values.begin(), values.end());
  return all;
}

template <class Real>
void expect_same(std::span<const Real> got, std::span<const Real> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(same_bits(got[i], expected[i])) << i << " of " << expected.size();
  }
}

template <class Real>
void expect_normalized() {
  for (const std::size_t columns : {1, 2, 3, 4, 5, 8, 17}) {
    const std::vector<Real> mean = numbers<Real>(columns, 1);
    std::vector<Real> scale = numbers<Real>(columns, 2);
    for (Real& s : scale) s = std::abs(s) + Real{0.001f};
    for (const std::size_t rows : kLengths) {
      SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(columns));
      // One number too many at either end, which must stay.
      const std::size_t size = rows * columns;
      const std::vector<float> from = numbers<float>(size + 1, 3);
      std::vector<float> to(size + 2, -777.0f), expected = to;
      for (std::size_t j = 0; j < size; ++j) {
        const Real centered = static_cast<Real>(from[j + 1]) - mean[j % columns];
        expected[j + 1] = static_cast<float>(centered / scale[j % columns]);
      }
      normalize_columns(std::span(from).subspan(1), repeated(mean), repeated(scale),
                        std::span(to).subspan(1, size));
      expect_same<float>(to, expected);
    }
  }
}

TEST(BatchArithmetic, NormalizesColumns) {
  on_every_target([](bool) {
    expect_normalized<double>();
    expect_normalized<float>();
  });
}

TEST(BatchArithmetic, MultipliesAndAddsWithTwoRoundings) {
  on_every_target([](bool) {
    for (const std::size_t size : kLengths) {
      const std::vector<double> sum = numbers<double>(size, 4), addend = numbers<double>(size, 5);
      std::vector<double> to(size + 1, -777.0), expected = to;
      for (std::size_t i = 0; i < size; ++i) expected[i] = sum[i] * 0.99 + addend[i];
      multiply_and_add(sum, 0.99, addend, std::span(to).first(size));
      expect_same<double>(to, expected);
      std::vector<double> in_place = sum;
      in_place.push_back(-777.0);
      multiply_and_add(std::span(in_place).first(size), 0.99, addend,
                       std::span(in_place).first(size));
      expect_same<double>(in_place, expected);
    }
  });
}

TEST(BatchArithmetic, DividesAll) {
  on_every_target([](bool) {
    for (const std::size_t size : kLengths) {
      const std::vector<double> from = numbers<double>(size, 6);
      std::vector<double> to(size + 1, -777.0), expected = to;
      for (std::size_t i = 0; i < size; ++i) expected[i] = from[i] / 0.3;
      divide_all(from, 0.3, std::span(to).first(size));
      expect_same<double>(to, expected);
    }
  });
}

}  // namespace
}  // namespace pavlov::envs
