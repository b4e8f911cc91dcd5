// Where there is no CUDA device, or no CUDA in the build: what needs one says so.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {
namespace {

class CudaAbsentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (available(description_)) GTEST_SKIP() << "a CUDA device is present: " << description_;
  }
  // That it fails, and says how: as the build without CUDA does, or in the driver's words.
  void expect_absent(const char* what, const std::function<void()>& work) const {
    try {
      work();
      ADD_FAILURE() << what << " was made";
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("[cuda] "), std::string::npos) << text;
      const bool built = description_.rfind("this build has no CUDA", 0) != 0;
      EXPECT_NE(text.find(built ? description_ : "configure with -DPAVLOV_CUDA=ON"),
                std::string::npos)
          << text;
    }
  }

 private:
  std::string description_;
};

TEST_F(CudaAbsentTest, NothingIsMade) {
  expect_absent("a stream", [] { Stream(); });
  expect_absent("an event", [] { Event(); });
  expect_absent("a tensor", [] { Tensor({4, 2}, Device::cuda); });
  expect_absent("a pinned array", [] { PinnedArray<float>(8); });
}

TEST_F(CudaAbsentTest, EmptyArraysNeedNoDevice) {
  EXPECT_TRUE(Tensor({0, 2}, Device::cuda).empty());
  EXPECT_EQ(PinnedArray<float>(0).size(), 0u);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
