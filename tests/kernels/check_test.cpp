#include "pavlov/kernels/check.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace pavlov::kernels {
namespace {

TEST(CheckTest, MessagesCarryTheModule) {
  try {
    throw_argument("dqn", "batch 0: must be positive");
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "[dqn] batch 0: must be positive");
  }
  try {
    throw_runtime("file", "a.bin: not found");
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "[file] a.bin: not found");
  }
  EXPECT_THROW(throw_argument("a", "b"), std::invalid_argument);
  EXPECT_THROW(throw_runtime("a", "b"), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::kernels
