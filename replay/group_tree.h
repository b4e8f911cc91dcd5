// GroupTree: float64 leaves under inner nodes, each the combination of its eight children.
//
// Eight children fill one cache line, so a way from the root to a leaf touches a third of the lines
// of a binary tree. Every inner node is recomputed from its children and never corrected by a
// difference: an error cannot add up (arXiv:2110.01101 measures such wide trees; the recomputation
// is ours). Batched changes go level by level. Complexity: set O(B log_8 C) of B leaves under C;
// C/7 doubles besides the leaves.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/group_search.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::replay {

using kernels::kGroup;  // children of a node

// How nodes combine. `kEmpty` is the leaf that changes nothing.
struct Sum {
  static constexpr double kEmpty = 0.0;
  static double combine(double a, double b) { return a + b; }
};
struct Most {
  static constexpr double kEmpty = 0.0;  // for leaves >= 0
  static double combine(double a, double b) { return std::max(a, b); }
};
struct Least {
  static constexpr double kEmpty = 1.7976931348623157e308;  // the largest double
  static double combine(double a, double b) { return std::min(a, b); }
};

template <class Op>
class GroupTree {
 public:
  // All `leaves` >= 1 leaves are empty.
  explicit GroupTree(std::size_t leaves) : leaves_(leaves), root_(Op::kEmpty) {
    std::size_t size = 0;
    std::size_t nodes = leaves;
    do {
      nodes = (nodes + kGroup - 1) / kGroup;  // groups of this level, nodes of the next
      offset_[levels_++] = size;
      size += nodes * kGroup;
    } while (nodes > 1);
    offset_[levels_] = size;
    nodes_ = kernels::TensorOf<double>({size});
    if (Op::kEmpty != 0.0) std::ranges::fill(nodes_.span(), Op::kEmpty);
  }

  std::size_t leaves() const { return leaves_; }
  // The combination of all leaves.
  double root() const { return root_; }
  double leaf(std::size_t i) const { return nodes_.data()[i]; }
  std::span<const double> all_leaves() const { return {nodes_.data(), leaves_}; }
  std::size_t levels() const { return levels_; }  // 0: leaves; the last one is a single group
  // Nodes of a level, 64-byte aligned; group g starts at 8 g.
  std::span<const double> level(std::size_t k) const {
    return nodes_.span().subspan(offset_[k], offset_[k + 1] - offset_[k]);
  }

  // leaf[b] becomes value[b]; of a leaf named more than once the last value stands. Equal sizes,
  // leaf[b] < leaves().
  void set(std::span<const std::uint32_t> leaf, std::span<const double> value) {
    PAVLOV_ASSERT(leaf.size() == value.size());
    if (leaf.empty()) return;
    double* leaves = nodes_.data();
    for (const std::uint32_t i : leaf) {
      __builtin_prefetch(leaves + i, 1);
      if (levels_ > 1) __builtin_prefetch(node(1) + i / kGroup, 1);
    }
    for (std::size_t b = 0; b < leaf.size(); ++b) {
      PAVLOV_ASSERT(leaf[b] < leaves_);
      leaves[leaf[b]] = value[b];
    }
    touched_.assign(leaf.begin(), leaf.end());
    refresh();
  }

 private:
  static constexpr std::size_t kMaxLevels = 22;  // 8^21 exceeds an address space

  // Evens and odds apart: two chains that run side by side.
  static double combine_group(const double* child) {
    double even = child[0], odd = child[1];
    for (std::size_t i = 2; i < kGroup; i += 2) {
      even = Op::combine(even, child[i]);
      odd = Op::combine(odd, child[i + 1]);
    }
    return Op::combine(even, odd);
  }
  double* node(std::size_t k) { return nodes_.data() + offset_[k]; }
  std::size_t groups(std::size_t k) const { return (offset_[k + 1] - offset_[k]) / kGroup; }

  // Recomputes the ways from the leaves in touched_ to the root.
  void refresh() {
    for (std::size_t k = 0; k + 1 < levels_; ++k) {
      const double* child = node(k);
      double* parent = node(k + 1);
      // The same group twice in a row once; where the batch comes in order, each group once. Any
      // further repetition only computes the same again.
      std::size_t kept = 0;
      for (const std::uint32_t i : touched_) {
        const auto group = static_cast<std::uint32_t>(i / kGroup);
        if (kept == 0 || touched_[kept - 1] != group) touched_[kept++] = group;
      }
      touched_.resize(kept);
      if (groups(k) <= kept) return refresh_from(k);
      if (k + 2 < levels_) {
        for (const std::uint32_t g : touched_) __builtin_prefetch(node(k + 2) + g / kGroup, 1);
      }
      for (const std::uint32_t g : touched_) parent[g] = combine_group(child + kGroup * g);
    }
    root_ = combine_group(node(levels_ - 1));
  }
  // Recomputes whole levels above level k: fewer nodes than a batch of that size would touch.
  void refresh_from(std::size_t k) {
    for (; k + 1 < levels_; ++k) {
      const double* child = node(k);
      double* parent = node(k + 1);
      for (std::size_t g = 0; g < groups(k); ++g) parent[g] = combine_group(child + kGroup * g);
    }
    root_ = combine_group(node(levels_ - 1));
  }

  std::size_t leaves_;
  std::size_t levels_ = 0;
  std::array<std::size_t, kMaxLevels + 1> offset_{};  // of each level in nodes_
  kernels::TensorOf<double> nodes_;
  double root_;
  std::vector<std::uint32_t> touched_;  // nodes of the level at work
};

}  // namespace pavlov::replay
