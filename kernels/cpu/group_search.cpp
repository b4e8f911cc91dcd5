#include "pavlov/kernels/group_search.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/group_search.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr double kBelowOne = 1.0 - 0x1p-53;  // times a sum: less than the sum

HWY_INLINE void search_one(const double* groups, double& rest, std::uint32_t& node) {
  const double* child = groups + kGroup * node;
  double sum[kGroup];  // up to and including each child
  sum[0] = child[0];
  for (std::size_t c = 1; c < kGroup; ++c) sum[c] = sum[c - 1] + child[c];
  const double end = sum[kGroup - 1] * kBelowOne;
  const double inside = rest < end ? rest : end;
  std::uint32_t chosen = 0;
  for (std::size_t c = 0; c + 1 < kGroup; ++c) chosen += inside >= sum[c] ? 1u : 0u;
  rest = inside - (chosen == 0 ? 0.0 : sum[chosen - 1]);
  node = static_cast<std::uint32_t>(kGroup * node) + chosen;
}

#if HWY_TARGET != HWY_SCALAR

// Two doubles from every other row, row[0], row[2], ..., one 128-bit block per row.
template <class D>
HWY_INLINE hn::Vec<D> load_pairs(D d, const double* const* row, std::size_t column) {
  if constexpr (hn::MaxLanes(D()) == 2) {
    return hn::LoadU(d, row[0] + column);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_pairs(half, row + hn::MaxLanes(D()) / 2, column),
                       load_pairs(half, row, column));
  }
}

// A vector of targets: lane k has its group at row[k], so that no sum crosses lanes.
template <class D>
HWY_INLINE void search_lanes(D d, const double* groups, double* rest, std::uint32_t* node) {
  using V = hn::Vec<D>;
  const double* row[hn::MaxLanes(D())];
  for (std::size_t k = 0; k < hn::Lanes(d); ++k) row[k] = groups + kGroup * node[k];
  V sum[kGroup];
  for (std::size_t c = 0; c < kGroup; c += 2) {
    const V even = load_pairs(d, row, c), odd = load_pairs(d, row + 1, c);
    sum[c] = hn::InterleaveLower(d, even, odd);
    sum[c + 1] = hn::InterleaveUpper(d, even, odd);
  }
  for (std::size_t c = 1; c < kGroup; ++c) sum[c] = hn::Add(sum[c - 1], sum[c]);
  const V inside = hn::Min(hn::LoadU(d, rest), hn::Mul(sum[kGroup - 1], hn::Set(d, kBelowOne)));
  V chosen = hn::Zero(d), before = hn::Zero(d);
  for (std::size_t c = 0; c + 1 < kGroup; ++c) {
    const auto beyond = hn::Ge(inside, sum[c]);
    chosen = hn::Add(chosen, hn::IfThenElseZero(beyond, hn::Set(d, 1.0)));
    before = hn::IfThenElse(beyond, sum[c], before);
  }
  hn::StoreU(hn::Sub(inside, before), d, rest);
  const hn::Rebind<std::int32_t, D> di;
  const hn::Rebind<std::uint32_t, D> du;
  const auto first = hn::ShiftLeft<3>(hn::LoadU(du, node));
  hn::StoreU(hn::Add(first, hn::BitCast(du, hn::DemoteTo(di, chosen))), du, node);
}

#endif  // HWY_TARGET != HWY_SCALAR

void SearchGroups(const double* groups, double* rest, std::uint32_t* node, std::size_t count,
                  const double* next) {
  std::size_t b = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  for (; b + lanes <= count; b += lanes) {
    search_lanes(d, groups, rest + b, node + b);
    if (next == nullptr) continue;
    for (std::size_t k = 0; k < lanes; ++k) __builtin_prefetch(next + kGroup * node[b + k]);
  }
#endif
  for (; b < count; ++b) {
    search_one(groups, rest[b], node[b]);
    if (next != nullptr) __builtin_prefetch(next + kGroup * node[b]);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <limits>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(SearchGroups);

void search_groups(std::span<const double> groups, std::span<double> rest,
                   std::span<std::uint32_t> node, const double* next) {
  if (groups.size() % kGroup != 0 || rest.size() != node.size()) {
    throw_argument("group_search", std::to_string(groups.size()) + " weights, " +
                                       std::to_string(rest.size()) + " targets, " +
                                       std::to_string(node.size()) +
                                       " nodes: must be groups of 8, and a node per target");
  }
  if (node.empty()) return;
  const std::size_t count = groups.size() / kGroup;
  // int32 and uint32 may alias: they are the signed and unsigned version of one type
  const std::span as_signed(reinterpret_cast<const std::int32_t*>(node.data()), node.size());
  const std::size_t most = std::numeric_limits<std::int32_t>::max();
  if (!all_in_range(as_signed, static_cast<std::int32_t>(std::min(count, most)))) {
    throw_argument("group_search", "node " + std::to_string(*std::ranges::max_element(node)) +
                                       ": must be below the " + std::to_string(count) + " groups");
  }
  PAVLOV_DISPATCH(SearchGroups)(groups.data(), rest.data(), node.data(), node.size(), next);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
