// Fixture of kernel tests: the same test on every SIMD target that this processor has.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::kernels {

class EveryTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { force_simd_target(GetParam()); }
  void TearDown() override { force_simd_target(""); }
};

// Instantiates a suite derived from EveryTarget.
#define PAVLOV_ON_EVERY_TARGET(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Simd, suite,                                                       \
                           ::testing::ValuesIn(simd_targets().begin(), simd_targets().end()), \
                           [](const auto& target) { return std::string(target.param); })

inline constexpr std::size_t kLengths[] = {0, 1, 7, 8, 9, 31, 33, 1000};
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr double kEpsilon = 0x1p-24;  // half an ulp of 1: one rounding to float32

// Uniform on [-1, 1) with one entry in sixteen a hundred times as large.
inline std::vector<float> values_with_outliers(std::size_t size, std::uint64_t seed) {
  RandomStream random(seed, "test values");
  std::vector<float> values(size);
  for (float& value : values) {
    value = 2.0f * random.uniform() - 1.0f;
    if (random.below(16) == 0) value *= 100.0f;
  }
  return values;
}

// Message of the std::invalid_argument that `call` throws; empty where it throws none.
template <class Call>
std::string argument_error(Call&& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

inline bool starts_with(const std::string& text, std::string_view prefix) {
  return std::string_view(text).substr(0, prefix.size()) == prefix;
}

}  // namespace pavlov::kernels
