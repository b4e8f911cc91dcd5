#include "pavlov/kernels/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>
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

// Sets an environment variable, and restores it at the end.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    if (before != nullptr) before_ = before;
    setenv(name, value, 1);
  }
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// Of this process, in kB.
std::int64_t huge_page_memory() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    if (line.rfind("AnonHugePages:", 0) == 0) return std::stoll(line.substr(14));
  }
  return -1;
}

TEST(MemoryTest, LargeBlocksLieOnHugePagesWhereAskedFor) {
  constexpr std::size_t kBytes = (std::size_t{33} << 20) + 100;
  std::int64_t gained[2] = {};
  for (const int asked : {0, 1}) {
    const Variable wish("PAVLOV_HUGE_PAGES", asked == 1 ? "1" : "0");
    EXPECT_EQ(huge_pages_wanted(), asked == 1);
    const std::int64_t before = huge_page_memory();
    auto* block = static_cast<unsigned char*>(allocate(kBytes, Device::cpu));
    gained[asked] = huge_page_memory() - before;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kAlignment, 0u);
    EXPECT_EQ(std::count(block, block + kBytes, 0), static_cast<std::ptrdiff_t>(kBytes));
    std::memset(block, 1, kBytes);
    deallocate(block, Device::cpu);
  }
  std::ifstream setting("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  std::getline(setting, line);
  if (line.find("[madvise]") == std::string::npos || huge_page_memory() < 0) {
    GTEST_SKIP() << "the system does not give huge pages to who asks: " << line;
  }
  EXPECT_EQ(gained[0], 0);
  EXPECT_GE(gained[1], 16 << 10) << "at least half of the block, in kB";
}

TEST(MemoryTest, AnotherWishForHugePagesIsRefused) {
  for (const char* wish : {"", "2", "yes"}) {
    const Variable variable("PAVLOV_HUGE_PAGES", wish);
    EXPECT_THROW(huge_pages_wanted(), std::invalid_argument) << wish;
    EXPECT_THROW(allocate(kHugePagesFrom, Device::cpu), std::invalid_argument);
  }
}

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
