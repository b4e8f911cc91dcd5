#include "pavlov/kernels/thread_team.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pavlov::kernels {
namespace {

TEST(StaticBlockTest, CoversEveryRowExactlyOnce) {
  for (const std::size_t rows : {0, 1, 5, 16, 17, 100, 1000}) {
    for (const std::size_t workers : {1, 2, 3, 7, 16}) {
      for (const std::size_t grain : {1, 8, 16}) {
        std::size_t next = 0;
        for (std::size_t w = 0; w < workers; ++w) {
          const RowRange range = static_block(rows, workers, w, grain);
          EXPECT_LE(range.begin, range.end);
          EXPECT_EQ(range.begin, next) << rows << " rows, worker " << w << " of " << workers;
          EXPECT_TRUE(range.begin % grain == 0 || range.begin == rows);
          next = range.end;
        }
        EXPECT_EQ(next, rows);
      }
    }
  }
}

TEST(StaticBlockTest, SharesAreEven) {
  for (std::size_t w = 0; w < 7; ++w) {
    const std::size_t share = static_block(1000, 7, w, 1).size();
    EXPECT_TRUE(share == 142 || share == 143) << share;
  }
}

TEST(ThreadTeamTest, RunsEveryWorkerOnce) {
  for (const std::size_t workers : {1, 2, 3, 8}) {
    ThreadTeam team(workers);
    EXPECT_EQ(team.workers(), workers);
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::vector<int> calls(workers, 0);  // no atomics: each worker owns its entry
      team.run([&](std::size_t worker) { ++calls.at(worker); });
      EXPECT_EQ(calls, std::vector<int>(workers, 1));
    }
  }
}

TEST(ThreadTeamTest, WorkersWriteTheirRowsOnly) {
  constexpr std::size_t kRows = 1003;
  ThreadTeam team(4);
  std::vector<std::size_t> owner(kRows, 99);
  team.run([&](std::size_t worker) {
    const RowRange range = static_block(kRows, team.workers(), worker, 16);
    for (std::size_t r = range.begin; r < range.end; ++r) owner[r] = worker;
  });
  for (std::size_t r = 1; r < kRows; ++r) EXPECT_LE(owner[r - 1], owner[r]);
  EXPECT_EQ(owner.back(), 3u);
}

TEST(ThreadTeamTest, ExceptionsArriveAtTheCaller) {
  for (const std::size_t workers : {1, 4}) {
    ThreadTeam team(workers);
    const auto failing = [&](std::size_t worker) {
      if (worker + 1 == workers) throw std::runtime_error("worker failed");
    };
    try {
      team.run(failing);
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "worker failed");
    }
    std::atomic<int> calls{0};  // and the team still works
    team.run([&](std::size_t) { ++calls; });
    EXPECT_EQ(calls.load(), static_cast<int>(workers));
  }
}

// Jobs that follow each other at once find helpers looking for work; after a pause they have left.
TEST(ThreadTeamTest, RoundsWithAndWithoutPauses) {
  ThreadTeam team(3);
  std::vector<std::size_t> sums(3, 0);  // no atomics: each worker owns its entry
  std::size_t expected = 0;
  for (std::size_t round = 1; round <= 2000; ++round) {
    if (round % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    team.run([&](std::size_t worker) { sums.at(worker) += round * (worker + 1); });
    expected += round;
  }
  EXPECT_EQ(sums, (std::vector<std::size_t>{expected, 2 * expected, 3 * expected}));
}

TEST(ThreadTeamTest, TeamsComeAndGoWhileHelpersLook) {
  for (int repeat = 0; repeat < 200; ++repeat) {
    ThreadTeam team(2);
    std::vector<int> calls(2, 0);
    for (int k = 0; k < repeat % 3; ++k) team.run([&](std::size_t worker) { ++calls.at(worker); });
    EXPECT_EQ(calls, std::vector<int>(2, repeat % 3));
  }
}

TEST(ThreadTeamTest, AJobMayRunATeamOfItsOwn) {
  ThreadTeam outer(2);
  std::array<ThreadTeam, 2> inner = {ThreadTeam(4), ThreadTeam(4)};
  std::vector<std::vector<int>> calls(2, std::vector<int>(4, 0));
  for (int repeat = 0; repeat < 50; ++repeat) {
    outer.run([&](std::size_t o) {
      inner.at(o).run([&](std::size_t worker) { ++calls.at(o).at(worker); });
    });
  }
  EXPECT_EQ(calls, std::vector<std::vector<int>>(2, std::vector<int>(4, 50)));
}

TEST(ThreadTeamTest, AllOtherSharesRunWhereOneThrows) {
  ThreadTeam team(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<int> calls(4, 0);
    EXPECT_THROW(team.run([&](std::size_t worker) {
      ++calls.at(worker);
      if (worker == 1) throw std::runtime_error("worker failed");
    }),
                 std::runtime_error);
    EXPECT_EQ(calls, std::vector<int>(4, 1));
  }
}

TEST(ThreadTeamTest, RefusesImpossibleSizes) {
  EXPECT_THROW(ThreadTeam(0), std::invalid_argument);
  EXPECT_THROW(ThreadTeam(1025), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels
