#include "pavlov/replay/sum_tree.h"

#include <algorithm>
#include <limits>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/group_search.h"

namespace pavlov::replay {
namespace {

constexpr std::size_t kMaxEntries = std::size_t{1} << 31;
constexpr double kLeastWeight = std::numeric_limits<double>::min();  // a learner flushes smaller
constexpr double kMostWeight = 0x1p960;  // 2^31 of them are still finite

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
    const std::span<std::uint32_t> node = entry.subspan(first, count);
    std::ranges::copy(target.subspan(first, count), rest);
    std::ranges::fill(node, 0u);
    for (std::size_t level = tree_.levels(); level-- > 0;) {
      kernels::search_groups(tree_.level(level), std::span(rest).first(count), node,
                             level == 0 ? nullptr : tree_.level(level - 1).data());
    }
  }
}

}  // namespace pavlov::replay
