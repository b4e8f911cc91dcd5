#include "pavlov/kernels/simd_target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <cmath>
#include <string>
#include <string_view>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

TEST(SimdTargetTest, ListsEachTargetOnceAndEndsWithTheFallback) {
  const auto targets = simd_targets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(targets.back(), "scalar");
  EXPECT_EQ(std::set<std::string_view>(targets.begin(), targets.end()).size(), targets.size());
}

TEST(SimdTargetTest, ForcedTargetIsReportedUntilReleased) {
  for (const std::string_view target : simd_targets()) {
    force_simd_target(target);
    EXPECT_EQ(simd_target(), target);
  }
  force_simd_target("");
  EXPECT_EQ(simd_target(), simd_targets().front());
}

TEST(SimdTargetTest, ForcingDoesNotShrinkTheList) {
  const std::size_t count = simd_targets().size();
  force_simd_target("scalar");
  EXPECT_EQ(simd_targets().size(), count);
  force_simd_target("");
}

TEST(SimdTargetTest, UnknownTargetNamesTheKnownOnes) {
  const std::string_view before = simd_target();
  const std::string message = argument_error([] { force_simd_target("avx3"); });
  EXPECT_TRUE(starts_with(message, "[simd] unknown SIMD target 'avx3'")) << message;
  for (const std::string_view target : simd_targets()) {
    EXPECT_NE(message.find(target), std::string::npos) << message;
  }
  EXPECT_EQ(simd_target(), before);
}

TEST(SimdTargetTest, FusedMultiplyAdd) {
  EXPECT_TRUE(simd_has_fma("avx2"));
  EXPECT_TRUE(simd_has_fma("avx512"));
  // Without the instruction: as the C library, whose cosine has two forms that differ here.
  volatile double x = 0x1.2fbcd2d69f374p-4;
  const bool library = std::cos(x) == 0x1.fe97c9be4855fp-1;
  EXPECT_EQ(simd_has_fma("sse4"), library);
  EXPECT_EQ(simd_has_fma("scalar"), library);
}

}  // namespace
}  // namespace pavlov::kernels
