#include "pavlov/replay/sum_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/replay/group_tree.h"

namespace pavlov::replay {
namespace {

// The slow twin: the first entry at which the running sum exceeds the target.
std::uint32_t first_beyond(const std::vector<double>& weight, double target) {
  double sum = 0.0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    sum += weight[i];
    if (target < sum) return static_cast<std::uint32_t>(i);
  }
  ADD_FAILURE() << "target " << target << " of " << sum;
  return 0;
}

// Whole weights and whole targets: every sum is exact, and every border between entries is hit.
void play_whole_numbers(std::size_t entries, int operations) {
  SCOPED_TRACE(entries);
  SumTree tree(entries);
  GroupTree<Most> most(entries);
  GroupTree<Least> least(entries);
  std::vector<double> twin(entries, 0.0);
  kernels::RandomStream random(entries, "operations");
  std::vector<std::uint32_t> entry, found;
  std::vector<double> weight, target;
  for (int done = 0; done < operations;) {
    const std::size_t batch = 1 + random.below(40);
    done += 2 * static_cast<int>(batch);
    entry.resize(batch);
    weight.resize(batch);
    // Few different entries: many are named twice. Half the weights are 0.
    const std::uint32_t first = random.below(static_cast<std::uint32_t>(entries));
    for (std::size_t b = 0; b < batch; ++b) {
      entry[b] = (first + random.below(60)) % static_cast<std::uint32_t>(entries);
      weight[b] = random.below(2) == 0 ? 0.0 : random.below(1000);
      twin[entry[b]] = weight[b];
    }
    tree.set(entry, weight);
    most.set(entry, weight);
    least.set(entry, weight);
    const double total = std::accumulate(twin.begin(), twin.end(), 0.0);
    ASSERT_EQ(tree.total(), total);
    ASSERT_EQ(most.root(), *std::ranges::max_element(twin));
    for (const std::uint32_t e : entry) ASSERT_EQ(tree.weight(e), twin[e]);
    if (total == 0.0) continue;
    target.resize(batch);
    found.resize(batch);
    for (double& t : target) t = random.below(static_cast<std::uint32_t>(total));
    tree.find(target, found);
    for (std::size_t b = 0; b < batch; ++b) {
      ASSERT_EQ(found[b], first_beyond(twin, target[b])) << "target " << target[b];
    }
  }
  std::vector<std::uint32_t> all(entries);
  std::iota(all.begin(), all.end(), 0u);
  least.set(all, twin);
  EXPECT_EQ(least.root(), *std::ranges::min_element(twin));
}

TEST(SumTree, EqualsTheRunningSumOverAMillionOperations) {
  for (const std::size_t entries : {1u, 2u, 7u, 8u, 9u, 63u, 64u, 65u, 511u, 513u}) {
    play_whole_numbers(entries, 100000);
  }
}

// Weights of all magnitudes, zeros between them, targets up to the very end: what is found is never
// empty and lies where the running sum says, to rounding.
TEST(SumTree, NeverReturnsAnEmptyEntry) {
  constexpr std::size_t kBatch = 512;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    kernels::RandomStream random(seed, "weights");
    const std::size_t entries = 1 + random.below(700);
    SumTree tree(entries);
    std::vector<std::uint32_t> all(entries);
    std::iota(all.begin(), all.end(), 0u);
    std::vector<double> weight(entries);
    for (double& w : weight) {
      w = random.below(3) == 0 ? std::exp(3.0 * random.normal() * (seed % 4)) : 0.0;
    }
    weight[random.below(static_cast<std::uint32_t>(entries))] = 0.1;
    tree.set(all, weight);
    std::vector<double> target(kBatch);
    for (double& t : target) t = random.uniform_double() * tree.total();
    for (std::size_t b = 0; b < kBatch / 4; ++b) {  // rounding may carry the product to the end
      target[b] = tree.total() * (1.0 - static_cast<double>(b % 8) * 0x1p-53);
    }
    std::vector<std::uint32_t> found(kBatch);
    tree.find(target, found);
    for (std::size_t b = 0; b < kBatch; ++b) {
      ASSERT_LT(found[b], entries);
      ASSERT_GT(weight[found[b]], 0.0) << "seed " << seed << ", target " << target[b];
      const double before = std::accumulate(weight.begin(), weight.begin() + found[b], 0.0);
      const double slack = 1e-13 * tree.total();
      ASSERT_GE(target[b], before - slack);
      ASSERT_LE(target[b], before + weight[found[b]] + slack);
    }
  }
}

// 2^20 entries, 2 * 10^7 updates: the error of the root stays that of one summation.
TEST(SlowSumTree, RootKeepsItsDigitsOverTwentyMillionUpdates) {
  constexpr std::size_t kEntries = std::size_t{1} << 20, kBatch = 256;
  SumTree tree(kEntries);
  kernels::RandomStream random(1, "updates");
  std::vector<std::uint32_t> entry(kBatch);
  std::vector<double> weight(kBatch);
  for (int done = 0; done < 20000000; done += kBatch) {
    for (std::size_t b = 0; b < kBatch; ++b) {
      entry[b] = random.below(kEntries);
      weight[b] = static_cast<double>(random.uniform()) + 1e-3;
    }
    tree.set(entry, weight);
  }
  long double exact = 0.0L;
  for (const double w : tree.weights()) exact += static_cast<long double>(w);
  EXPECT_LT(std::abs(static_cast<long double>(tree.total()) / exact - 1.0L), 1e-12L);
}

TEST(SumTree, BadCallsAreRefusedAndChangeNothing) {
  EXPECT_THROW(SumTree(0), std::invalid_argument);
  EXPECT_THROW(SumTree((std::size_t{1} << 31) + 1), std::invalid_argument);
  SumTree tree(10);
  std::vector<std::uint32_t> found(1);
  const auto set = [&](std::vector<std::uint32_t> entry, std::vector<double> weight) {
    tree.set(entry, weight);
  };
  const auto find = [&](double target) { tree.find(std::span(&target, 1), found); };
  EXPECT_THROW(find(0.0), std::invalid_argument);  // all empty
  set({3}, {2.0});
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-1.0, kNan, kInfinity, 1e300, 1e-310}) {
    EXPECT_THROW(set({1, 2}, {1.0, bad}), std::invalid_argument) << bad;
  }
  EXPECT_THROW(set({1, 10}, {1.0, 1.0}), std::invalid_argument);
  EXPECT_THROW(set({1}, {1.0, 1.0}), std::invalid_argument);
  EXPECT_THROW(find(-1e-300), std::invalid_argument);
  EXPECT_THROW(find(kNan), std::invalid_argument);
  EXPECT_EQ(tree.total(), 2.0);
  find(1.999);
  EXPECT_EQ(found[0], 3u);
  set({}, {});
  EXPECT_EQ(tree.total(), 2.0);
}

}  // namespace
}  // namespace pavlov::replay
