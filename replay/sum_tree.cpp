#include "pavlov/replay/sum_tree.h"

#include <algorithm>
#include <limits>
#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::replay {
namespace {

constexpr std::size_t kMaxEntries = std::size_t{1} << 31;
constexpr double kLeastWeight = std::numeric_limits<double>::min();  // a learner flushes smaller
constexpr double kMostWeight = 0x1p960;  // 2^31 of them are still finite
constexpr double kBelowOne = 1.0 - std::numeric_limits<double>::epsilon() / 2;

std::size_t checked_entries(std::size_t entries) {
  kernels::require(entries >= 1 && entries <= kMaxEntries, "sum_tree", "entries", entries,
                   "in [1, 2^31]");
  return entries;
}

void check_sizes(std::size_t entries, std::size_t values, const char* what) {
  if (entries == values) return;
  kernels::throw_argument("sum_tree", std::to_string(entries) + " entries and " +
                                          std::to_string(values) + " " + what +
                                          ": must be as many");
}

// The child of a group whose share holds `target`, which becomes the rest within that share.
inline std::uint32_t descend(const double* child, double& target) {
  double sum[kGroup];  // up to and including each child
  sum[0] = child[0];
  for (std::size_t i = 1; i < kGroup; ++i) sum[i] = sum[i - 1] + child[i];
  // Rounding on the way down may leave a target at or beyond the group's sum.
  const double inside = std::min(target, sum[kGroup - 1] * kBelowOne);
  std::uint32_t chosen = 0;
  for (std::size_t i = 0; i + 1 < kGroup; ++i) chosen += inside >= sum[i] ? 1u : 0u;
  target = inside - (chosen == 0 ? 0.0 : sum[chosen - 1]);
  return chosen;
}

}  // namespace

SumTree::SumTree(std::size_t entries) : tree_(checked_entries(entries)) {}

void SumTree::set(std::span<const std::uint32_t> entry, std::span<const double> weight) {
  check_sizes(entry.size(), weight.size(), "weights");
  for (const std::uint32_t e : entry) {
    if (e < size()) continue;
    kernels::throw_argument(
        "sum_tree", "entry " + std::to_string(e) + ": must be below " + std::to_string(size()));
  }
  for (const double w : weight) {
    kernels::require(w == 0.0 || (w >= kLeastWeight && w <= kMostWeight), "sum_tree", "weight", w,
                     "0 or in [2^-1022, 2^960]");
  }
  tree_.set(entry, weight);
}

void SumTree::find(std::span<const double> target, std::span<std::uint32_t> entry) const {
  check_sizes(entry.size(), target.size(), "targets");
  if (!(total() > 0.0)) kernels::throw_argument("sum_tree", "find: every weight is 0");
  for (const double t : target) {
    kernels::require(t >= 0.0, "sum_tree", "target", t, "at least 0");
  }
  constexpr std::size_t kBlock = 256;
  double rest[kBlock];
  for (std::size_t first = 0; first < target.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, target.size() - first);
    std::uint32_t* node = entry.data() + first;
    std::copy_n(target.data() + first, count, rest);
    std::fill_n(node, count, 0u);
    for (std::size_t level = tree_.levels(); level-- > 0;) {
      const double* nodes = tree_.level(level);
      const double* below = level == 0 ? nodes : tree_.level(level - 1);
      for (std::size_t b = 0; b < count; ++b) {
        const auto group = static_cast<std::uint32_t>(kGroup * node[b]);
        node[b] = group + descend(nodes + group, rest[b]);
        if (level > 0) __builtin_prefetch(below + kGroup * node[b]);
      }
    }
  }
}

}  // namespace pavlov::replay
