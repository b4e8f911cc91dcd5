// Group search: one level of the way of many targets down a tree with eight children per node.
//
// The weights of a node's children stand in one group of eight doubles. A target is a place within
// the sum of a group, measured from its first child; it falls into the first child at which the
// running sum exceeds it, and the rest is its place within that child.
#pragma once

#include <cstdint>
#include <span>

namespace pavlov::kernels {

inline constexpr std::size_t kGroup = 8;  // children of a node: doubles in a cache line

// groups (G,8), none of their sums infinite; B targets. For each b, with n = node[b] < G, child c
// of groups[n] is the first one with rest[b] < groups[n,0] + ... + groups[n,c], summed from left to
// right; then node[b] = 8 n + c and rest[b] -= groups[n,0] + ... + groups[n,c-1]. A target at or
// beyond the sum, which rounding may bring about, counts as the number just below the sum: a child
// of weight 0 is never chosen where the group has another. Weights and targets must be >= 0,
// weights 0 or >= 2^-1022. The same bits on every SIMD target. Where `next` is given, it is the
// next level, (8 G,8), and the lines that the results stand for are prefetched. Wrong lengths throw
// std::invalid_argument.
void search_groups(std::span<const double> groups, std::span<double> rest,
                   std::span<std::uint32_t> node, const double* next = nullptr);

}  // namespace pavlov::kernels
