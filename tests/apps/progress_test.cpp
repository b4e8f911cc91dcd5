#include "pavlov/apps/progress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>

namespace pavlov::apps {
namespace {

constexpr std::size_t kWide = 200;

TEST(ProgressLine, SaysWhereTheRunStands) {
  const ProgressState state{
      .steps = 25000, .total_steps = 50000, .mean_return = 182.44, .evaluation = 500.0};
  EXPECT_EQ(progress_line(state, 12500.0, kWide),
            "[==========>         ] 25,000 / 50,000   12.5k steps/s   return 182.4   evaluation "
            "500.0   0:02 left");
}

TEST(ProgressLine, LeavesOutWhatIsNotKnown) {
  const ProgressState state{
      .steps = 0, .total_steps = 1000000, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_EQ(progress_line(state, 0.0, kWide), "[>                   ] 0 / 1,000,000   0 steps/s");
  const ProgressState end{
      .steps = 10, .total_steps = 10, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_EQ(progress_line(end, 2.5e6, kWide), "[====================] 10 / 10   2.50M steps/s");
}

TEST(ProgressLine, LongTimesHaveHours) {
  const ProgressState state{
      .steps = 1, .total_steps = 3662, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_NE(progress_line(state, 1.0, kWide).find("1:01:01 left"), std::string::npos);
}

TEST(ProgressLine, FitsTheTerminal) {
  const ProgressState state{
      .steps = 25000, .total_steps = 50000, .mean_return = 182.44, .evaluation = 500.0};
  // First the bar gives way, then the evaluation, then the return.
  EXPECT_EQ(progress_line(state, 12500.0, 84),
            "[==> ] 25,000 / 50,000   12.5k steps/s   return 182.4   evaluation 500.0   0:02 left");
  EXPECT_EQ(progress_line(state, 12500.0, 80),
            "[=========>         ] 25,000 / 50,000   12.5k steps/s   return 182.4   0:02 left");
  EXPECT_EQ(progress_line(state, 12500.0, 60),
            "[=======>      ] 25,000 / 50,000   12.5k steps/s   0:02 left");
  const ProgressState early{
      .steps = 500, .total_steps = 50000, .mean_return = std::nan(""), .evaluation = 9.5};
  EXPECT_EQ(progress_line(early, 12500.0, 80),
            "[>                   ] 500 / 50,000   12.5k steps/s   evaluation 9.5   0:04 left");
}

TEST(ProgressLine, NeverIsWiderThanTheTerminal) {
  const ProgressState longest{.steps = 123456789012,
                              .total_steps = 987654321098,
                              .mean_return = -1234567.8,
                              .evaluation = -1e300};
  for (std::size_t width = 0; width <= 500; ++width) {
    EXPECT_LE(progress_line(longest, 1.0, width).size(), width);
  }
}

}  // namespace
}  // namespace pavlov::apps
