#include "pavlov/kernels/cuda/stream.h"

#include <functional>
#include <stdexcept>
#include <string>

#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_kernels.h"

namespace pavlov::kernels::cuda {
namespace {

class StreamTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(StreamTest);

TEST(OperationText, NamesTheSizes) {
  EXPECT_EQ((Operation{"argmax_rows", {64, 2}}.text()), "argmax_rows (64,2)");
  EXPECT_EQ(Operation{"wait"}.text(), "wait");
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Named, ErrorsSayWhatTheyWereFor) {
  const Operation update{"update", {64, 4}};
  EXPECT_EQ(named(update, [] { return 3; }), 3);
  EXPECT_EQ(message_of([&] { named(update, [] { throw std::runtime_error("[cuda] no room"); }); }),
            "[cuda] update (64,4): no room");
  EXPECT_EQ(message_of([&] { named(update, [] { throw std::runtime_error("[file] torn"); }); }),
            "[cuda] update (64,4): [file] torn");
  EXPECT_THROW(named(update, [] { throw std::invalid_argument("a wrong shape"); }),
               std::invalid_argument);
}

TEST_P(StreamTest, CopiesInOrder) {
  PinnedArray<float> host(1000), back(1000);
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = static_cast<float>(i);
  OnDevice<float> first(1000), second(1000);
  stream().copy(first.data(), host.data(), host.bytes());
  stream().copy(second.data(), first.data(), host.bytes());
  stream().zero(first.data(), 10 * sizeof(float));
  stream().copy(back.data(), second.data(), host.bytes());
  stream().copy(nullptr, nullptr, 0);
  stream().synchronize();
  expect_same<float>(host.span(), back.span());
  EXPECT_EQ(first.values()[9], 0.0f);
  EXPECT_EQ(first.values()[10], 10.0f);
}

// Allocations and whole copies need no wait.
TEST_P(StreamTest, IsInOrderWithCopiesOfMemory) {
  for (int round = 0; round < 50; ++round) {
    OnDevice<float> x(std::vector<float>(100000, 1.0f));
    add(stream(), x.span(), 2.0f);
    const std::vector<float> values = x.values();
    ASSERT_EQ(values.front(), 3.0f);
    ASSERT_EQ(values.back(), 3.0f);
  }
}

TEST_P(StreamTest, KernelsOfElementsAndOfBlocks) {
  for (const std::size_t size : {0, 1, 31, 32, 33, 255, 256, 257, 1000, 5000}) {
    std::vector<float> values(size);
    double sum = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
      values[i] = static_cast<float>(i % 7);
      sum += static_cast<double>(values[i] + 0.5f);
    }
    OnDevice<float> x(values), total(std::vector<float>{-1.0f});
    add(stream(), x.span(), 0.5f);
    sum_all(stream(), x.span(), total.data());
    stream().synchronize();
    EXPECT_EQ(static_cast<double>(total.value()), sum) << size;
  }
}

TEST_P(StreamTest, ReplaysWhatWasCaptured) {
  OnDevice<float> x(std::vector<float>(300, 1.0f)), total(1);
  PinnedArray<float> result(1);
  const Graph graph = Graph::capture(stream(), {"add and sum", {300}}, [&] {
    add(stream(), x.span(), 1.0f);
    sum_all(stream(), x.span(), total.data());
    stream().copy(result.data(), total.data(), sizeof(float));
  });
  EXPECT_FALSE(graph.empty());
  stream().synchronize();
  EXPECT_EQ(result[0], 0.0f) << "captured work runs at replays only";
  for (int round = 2; round <= 4; ++round) {
    graph.launch(stream());
    stream().synchronize();
    EXPECT_EQ(result[0], static_cast<float>(300 * round));
  }
}

TEST_P(StreamTest, AnErrorWhileCapturingLeavesTheStreamAsItWas) {
  OnDevice<float> x(10);
  EXPECT_TRUE(Graph().empty());
  EXPECT_THROW(Graph::capture(stream(), {"add"},
                              [&] {
                                add(stream(), x.span(), 1.0f);
                                throw std::invalid_argument("a wrong shape");
                              }),
               std::invalid_argument);
  add(stream(), x.span(), 3.0f);
  stream().synchronize();
  EXPECT_EQ(x.value(), 3.0f);
}

// What a graph cannot hold is an error while it is captured, and leaves the stream as it was.
TEST_P(StreamTest, CapturesRefuseWhatAGraphCannotHold) {
  OnDevice<float> x(10);
  const std::function<void()> refused[] = {
      [&] { stream().synchronize(); },
      [&] { OnDevice<float> more(5); },
      [&] { PinnedArray<float> more(5); },
      [&] { x.values(); },
  };
  for (const auto& work : refused) {
    const std::string text = message_of([&] { Graph::capture(stream(), {"refused"}, work); });
    EXPECT_NE(text.find("[cuda] "), std::string::npos) << text;
  }
  add(stream(), x.span(), 3.0f);
  stream().synchronize();
  EXPECT_EQ(x.value(), 3.0f);
}

// A failed allocation is an error of that call alone.
TEST_P(StreamTest, MemoryThatIsNotThereIsAnException) {
  OnDevice<float> x(10);
  try {
    allocate(std::size_t{1} << 50, Device::cuda);
    FAIL() << "a petabyte of device memory";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[cuda] ", 0), 0u) << error.what();
  }
  add(stream(), x.span(), 3.0f);
  stream().synchronize();
  EXPECT_EQ(x.value(), 3.0f);
}

// So is a refused launch, be it captured or not.
TEST_P(StreamTest, ALaunchThatIsRefusedIsAnException) {
  OnDevice<float> x(10);
  const auto add_to_too_many = [&] {
    add(stream(), std::span<float>(x.data(), std::size_t{1} << 40), 1.0f);
  };
  const std::string expected =
      "[cuda] add (1099511627776): 4294967296 blocks: a grid can have 2147483647";
  EXPECT_EQ(message_of(add_to_too_many), expected);
  EXPECT_EQ(message_of([&] { Graph::capture(stream(), {"whole"}, add_to_too_many); }), expected);
  add(stream(), x.span(), 3.0f);
  stream().synchronize();
  EXPECT_EQ(x.value(), 3.0f);
}

TEST_P(StreamTest, EventsMeasureTime) {
  OnDevice<float> x(1 << 20);
  Event begin, end;
  begin.record(stream());
  for (int i = 0; i < 3; ++i) add(stream(), x.span(), 1.0f);
  end.record(stream());
  const float milliseconds = end.milliseconds_since(begin);
  EXPECT_GT(milliseconds, 0.0f);
  EXPECT_LT(milliseconds, 10000.0f);
  Stream other;
  other.wait(end);
  add(other, x.span(), 1.0f);
  other.synchronize();
  EXPECT_EQ(x.value(), 4.0f);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
