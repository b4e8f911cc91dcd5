#include "pavlov/kernels/memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace pavlov::kernels {
namespace {

TEST(MemoryTest, BlocksAreAlignedAndZero) {
  EXPECT_EQ(allocate(0, Device::cpu), nullptr);
  deallocate(nullptr, Device::cpu);
  for (const std::size_t bytes : {1, 63, 64, 65, 4096}) {
    auto* block = static_cast<unsigned char*>(allocate(bytes, Device::cpu));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kAlignment, 0u);
    for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0);
    std::memset(block, 1, bytes);
    deallocate(block, Device::cpu);
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they stop the program here
TEST(MemoryTest, TooLargeABlockIsRefused) {
  EXPECT_THROW(allocate(std::size_t{1} << 62, Device::cpu), std::bad_alloc);
}
#endif

TEST(MemoryTest, CopiesOnTheProcessor) {
  const std::vector<int> from = {1, 2, 3};
  std::vector<int> to(3);
  copy_bytes(to.data(), Device::cpu, from.data(), Device::cpu, sizeof(int) * 3);
  EXPECT_EQ(to, from);
  copy_bytes(nullptr, Device::cpu, nullptr, Device::cpu, 0);
}

TEST(MemoryTest, DeviceNames) {
  EXPECT_STREQ(device_name(Device::cpu), "cpu");
  EXPECT_STREQ(device_name(Device::cuda), "cuda");
}

// Where no device answers, the error says how to get one.
TEST(MemoryTest, AbsentDeviceIsNamed) {
  std::string description;
  if (cuda::available(description)) GTEST_SKIP() << "a CUDA device is present: " << description;
  EXPECT_FALSE(description.empty());
  try {
    allocate(16, Device::cuda);
    FAIL() << "allocated without a device";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[cuda] ", 0), 0u) << error.what();
  }
}

TEST(CudaMemoryTest, RoundTrip) {
  std::string description;
  if (!cuda::available(description)) GTEST_SKIP() << "no CUDA device: " << description;
  const std::vector<float> from = {1.0f, 2.0f, 3.0f};
  std::vector<float> to(3);
  void* block = allocate(sizeof(float) * 3, Device::cuda);
  copy_bytes(to.data(), Device::cpu, block, Device::cuda, sizeof(float) * 3);
  EXPECT_EQ(to, std::vector<float>(3, 0.0f));
  copy_bytes(block, Device::cuda, from.data(), Device::cpu, sizeof(float) * 3);
  copy_bytes(to.data(), Device::cpu, block, Device::cuda, sizeof(float) * 3);
  EXPECT_EQ(to, from);
  deallocate(block, Device::cuda);
}

}  // namespace
}  // namespace pavlov::kernels
