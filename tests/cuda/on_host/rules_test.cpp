// What running kernels on the host can see: the rules of block-inl.h, broken on purpose.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "pavlov/kernels/cuda/capture_gate.h"
#include "pavlov/kernels/cuda/launch-inl.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/tests/cuda/device_test.h"

namespace pavlov::kernels::cuda {
namespace {

// Threads that read within a phase what others write in it.
struct Racing {
  static constexpr int kThreads = 64;
  struct Shared {
    float x[kThreads];
  };
  float* out;
  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    block.each([&](int t) { shared.x[t] = static_cast<float>(t); });
    block.each([&](int t) { shared.x[t] = shared.x[(t + 1) % kThreads]; });
    block.each([&](int t) { out[t] = shared.x[t]; });
  }
};

struct Unwritten {
  static constexpr int kThreads = 32;
  struct Shared {
    float x;
  };
  float* out;
  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    block.each([&](int t) { out[t] = shared.x; });
  }
};

struct WriteAt {
  float* out;
  std::size_t offset;
  PAVLOV_FN void operator()(std::size_t i) const { out[offset + i] = 1.0f; }
};

struct TwoGroups {
  static constexpr int kThreads = 64;
};

std::vector<float> race(bool descending) {
  run_descending(descending);
  Stream stream;
  OnDevice<float> out(Racing::kThreads);
  launch(stream, {"race"}, Racing{out.data()});
  return out.values();
}

TEST(KernelsOnTheHost, OrdersOfThreadsTellRaces) { EXPECT_NE(race(false), race(true)); }

TEST(KernelsOnTheHost, SharedMemoryIsUndefinedAtFirst) {
  Stream stream;
  OnDevice<float> out(Unwritten::kThreads);
  launch(stream, {"unwritten"}, Unwritten{out.data()});
  for (const float x : out.values()) EXPECT_TRUE(std::isnan(x));
}

TEST(KernelsOnTheHost, LanesAreAddedAsAButterfly) {
  HostBlock<TwoGroups> block(0, false);
  HostBlock<TwoGroups>::PerThread<float> x;
  for (int t = 0; t < 64; ++t) x[t] = t < 32 ? 1.0f / static_cast<float>(1 + t) : 1.0f;
  float expected[32];
  for (int t = 0; t < 32; ++t) expected[t] = x[t];
  for (int s = 16; s > 0; s /= 2) {
    for (int t = 0; t < s; ++t) expected[t] += expected[t + s];
  }
  block.lanes(x, Sum());
  for (int t = 0; t < 64; ++t) EXPECT_EQ(x[t], t < 32 ? expected[0] : 32.0f);
}

// A graph would copy from where the memory was; drivers differ in what they do about it.
TEST(KernelsOnTheHost, CapturesTakeNoCopiesOfPageableMemory) {
  Stream stream;
  OnDevice<float> x(10);
  float pageable[10] = {};
  PinnedArray<float> pinned(10);
  const auto copy = [&](void* to, const void* from) {
    Graph::capture(stream, {"copy"}, [&] { stream.copy(to, from, 10 * sizeof(float)); });
  };
  copy(x.data(), pinned.data());
  EXPECT_THROW(copy(x.data(), pageable), std::runtime_error);
  EXPECT_THROW(copy(pageable, x.data()), std::runtime_error);
  stream.copy(x.data(), pageable, sizeof pageable);
}

TEST(CaptureGate, CallsOfOtherThreadsWaitForTheEndOfACapture) {
  std::atomic<bool> ended = false;
  bool waited = false;
  open_capture();
  std::thread other([&] {
    const OutsideCaptures outside("cudaMalloc");
    waited = ended;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ended = true;
  close_capture();
  other.join();
  EXPECT_TRUE(waited);
}

TEST(CaptureGate, AThreadThatCapturesIsRefused) {
  open_capture();
  EXPECT_THROW(OutsideCaptures("cudaMalloc"), std::runtime_error);
  EXPECT_THROW(open_capture(), std::runtime_error);
  { const OutsideCaptures free_of_errors; }
  close_capture();
  EXPECT_NO_THROW(OutsideCaptures("cudaMalloc"));
}

TEST(KernelsOnTheHostDeathTest, TheHostMayNotTouchDeviceMemory) {
  OnDevice<float> x(10);
  EXPECT_DEATH(x.span()[0] = 1.0f, "");
}

TEST(KernelsOnTheHostDeathTest, KernelsMayNotLeaveTheirMemory) {
  Stream stream;
  OnDevice<float> x(16);
  launch(stream, {"inside"}, Elements<WriteAt>{{x.data(), 12}, 4});
  EXPECT_EQ(x.values()[15], 1.0f);
  EXPECT_DEATH(launch(stream, {"outside"}, Elements<WriteAt>{{x.data(), 12}, 5}), "");
}

}  // namespace
}  // namespace pavlov::kernels::cuda
