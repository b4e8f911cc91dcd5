// The table of `pavlov bench kernels`: what counts as reached, which sides are timed, which rows it
// has.
#include "pavlov/bench/kernels/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

namespace pavlov::bench {
namespace {

TEST(BenchTable, ReachedIsMeasuredAgainstTheFastestBaseline) {
  KernelRow row{.suite = "s",
                .what = "w",
                .shape = {},
                .unit = "us",
                .wanted = 2.0,
                .baselines = {{"a", "A"}, {"b", "B"}}};
  RowTimes times{.ours = 1.0, .baselines = {3.0, 2.0}};
  EXPECT_DOUBLE_EQ(times.ratio(), 2.0);
  EXPECT_EQ(times.reached(row), true);
  row.wanted = 2.1;
  EXPECT_EQ(times.reached(row), false);
  row.wanted = 2.0;
  row.most = 0.9;
  EXPECT_EQ(times.reached(row), false) << "fast enough beside others, and still too long";
  times.baselines.clear();
  EXPECT_TRUE(std::isnan(times.ratio()));
  EXPECT_EQ(times.reached(row), std::nullopt) << "no ratio can be judged";
  row.wanted = 0.0;
  row.most = 1.0;
  EXPECT_EQ(times.reached(row), true);
}

// So long that rounding of the clock is no matter.
void spend(int rounds) {
  volatile double x = 1.0;
  for (int i = 0; i < 1000 * rounds; ++i) x = x * 0.999;
}

TEST(BenchTable, SidesAreTimedPerCallAndItem) {
  int made = 0;
  KernelRow row{.suite = "s",
                .what = "w",
                .shape = {},
                .unit = "ns/element",
                .items = 10.0,
                .baselines = {{"a", "A"}, {"b", "B"}}};
  row.make = [&made] {
    ++made;
    return Sides{[] { spend(2); }, {[] { spend(8); }, [] { spend(24); }}};
  };
  const RowTimes times = time_row(row, {.seconds = 1e-3, .repetitions = 5});
  EXPECT_EQ(made, 1);
  ASSERT_EQ(times.baselines.size(), 2u);
  EXPECT_GT(times.ours, 2000 * 0.1 / 10.0) << "a multiplication takes at least 0.1 ns";
  EXPECT_NEAR(times.baselines[0] / times.ours, 4.0, 1.5);
  EXPECT_NEAR(times.baselines[1] / times.ours, 12.0, 4.0);
}

TEST(BenchTable, HasTheRowsThatAreAskedForAndTellsOpenBlasTheProcessor) {
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  const KernelTable table = kernel_table({.seconds = 0.0, .repetitions = 1});
  EXPECT_EQ(table.baseline.find("Prescott"), std::string::npos);
  EXPECT_NE(std::string(std::getenv("OPENBLAS_CORETYPE")), "Prescott");
  std::set<std::string> names;
  for (const KernelRow& row : table.rows) {
    EXPECT_TRUE(names.insert(row.name() + " " + std::to_string(row.n)).second) << row.name();
    EXPECT_GT(row.wanted, 0.0) << row.name();
  }
  for (const char* name :
       {"train_4-64-64-2 64", "train_8-256-256-4 256", "forward_4-64-64-2 1", "matmul 1024",
        "sigmoid 16384", "layer_norm_backward_64 256", "softmax_backward_256 256",
        "quantile_huber_170x170 128", "clip_adam_dead 10000", "clip_adam_dead_to_live 10000"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace pavlov::bench
