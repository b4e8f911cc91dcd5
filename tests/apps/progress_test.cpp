#include "pavlov/apps/progress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace pavlov::apps {
namespace {

TEST(ProgressLine, SaysWhereTheRunStands) {
  const ProgressState state{
      .steps = 25000, .total_steps = 50000, .mean_return = 182.44, .evaluation = 500.0};
  EXPECT_EQ(progress_line(state, 12500.0),
            "[==========>         ] 25,000 / 50,000   12.5k steps/s   return 182.4   evaluation "
            "500.0   0:02 left");
}

TEST(ProgressLine, LeavesOutWhatIsNotKnown) {
  const ProgressState state{
      .steps = 0, .total_steps = 1000000, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_EQ(progress_line(state, 0.0), "[>                   ] 0 / 1,000,000   0 steps/s");
  const ProgressState end{
      .steps = 10, .total_steps = 10, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_EQ(progress_line(end, 2.5e6), "[====================] 10 / 10   2.50M steps/s");
}

TEST(ProgressLine, LongTimesHaveHours) {
  const ProgressState state{
      .steps = 1, .total_steps = 3662, .mean_return = std::nan(""), .evaluation = std::nan("")};
  EXPECT_NE(progress_line(state, 1.0).find("1:01:01 left"), std::string::npos);
}

}  // namespace
}  // namespace pavlov::apps
