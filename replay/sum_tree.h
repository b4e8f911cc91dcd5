// SumTree: draws entries with chances proportional to their weights.
//
// The tree of proportional prioritized replay (arXiv:1511.05952, appendix B.2.1). Differs: eight
// children per node and float64 (group_tree.h), and whole batches descend together, one level at a
// time, with the next level's lines prefetched. A comparison is strict, target < partial sum, and a
// target that rounding has pushed past the end of its group is moved back inside: an empty entry is
// never returned. Measured by bench_replay.
//
// Shapes: C entries, B batch. Complexity: set and find O(B log_8 C). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/replay/group_tree.h"

namespace pavlov::replay {

class SumTree {
 public:
  // `entries` in [1, 2^31], all of weight 0; else std::invalid_argument.
  explicit SumTree(std::size_t entries);

  std::size_t size() const { return tree_.leaves(); }
  double total() const { return tree_.root(); }
  double weight(std::size_t entry) const { return tree_.leaf(entry); }
  std::span<const double> weights() const { return tree_.all_leaves(); }

  // entry (B) gets weight (B); where an entry is named twice, the last weight stands. A weight is 0
  // or in [2^-1022, 2^960], an entry below size(); else std::invalid_argument, and nothing changes.
  void set(std::span<const std::uint32_t> entry, std::span<const double> weight);

  // entry[b] = the first entry at which the sum of the weights up to and including it exceeds
  // target[b]. Targets are in [0, total()): ascending ones are the fastest. Throws
  // std::invalid_argument for a negative target or NaN, and where all weights are 0.
  void find(std::span<const double> target, std::span<std::uint32_t> entry) const;

 private:
  GroupTree<Sum> tree_;
};

}  // namespace pavlov::replay
