// One level of a tree search against a plain loop, bit for bit, on every SIMD target.
#include "pavlov/kernels/group_search.h"

#include <algorithm>

#include "pavlov/kernels/tensor.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class GroupSearchTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(GroupSearchTest);

constexpr std::size_t kGroups = 37;

// From the definition; a target beyond the sum ends in the last child that adds to it.
void plain_search(const TensorOf<double>& groups, double& rest, std::uint32_t& node) {
  const double* child = groups.data() + kGroup * node;
  double sums[kGroup], sum = 0.0;
  for (std::size_t c = 0; c < kGroup; ++c) sums[c] = sum = c == 0 ? child[0] : sum + child[c];
  rest = std::min(rest, std::nextafter(sum, 0.0));
  std::size_t c = 0;
  while (!(rest < sums[c])) ++c;
  if (c > 0) rest -= sums[c - 1];
  node = static_cast<std::uint32_t>(kGroup * node + c);
}

TEST_P(GroupSearchTest, EqualsAPlainLoop) {
  RandomStream random(1, "groups");
  TensorOf<double> groups({kGroups, kGroup});
  TensorOf<double> next({kGroups * kGroup, kGroup});  // only prefetched
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool whole = i / kGroup % 2 == 0;  // whole numbers: targets meet borders exactly
    const bool empty = random.below(3) == 0 && i % kGroup != 3;
    groups.data()[i] = empty ? 0.0 : 1 + random.below(8) + (whole ? 0.0 : random.uniform_double());
  }
  for (const std::size_t size : kLengths) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<double> rest(size);
      std::vector<std::uint32_t> node(size);
      for (std::size_t b = 0; b < size; ++b) {
        node[b] = random.below(kGroups);
        double sum = 0.0;
        for (std::size_t c = 0; c < kGroup; ++c) sum += groups.matrix()(node[b], c);
        // inside, at the sum, and beyond it
        rest[b] = b % 5 == 4 ? sum : b % 5 == 3 ? sum * (1 + 1e-15) : sum * random.uniform_double();
        if (node[b] % 2 == 0) rest[b] = std::floor(rest[b]);
      }
      std::vector<double> expected_rest = rest;
      std::vector<std::uint32_t> expected = node;
      for (std::size_t b = 0; b < size; ++b) plain_search(groups, expected_rest[b], expected[b]);
      search_groups(groups.span(), rest, node, repeat % 2 == 0 ? nullptr : next.data());
      ASSERT_EQ(node, expected);
      ASSERT_EQ(rest, expected_rest);
      for (const std::uint32_t child : node) ASSERT_GT(groups.data()[child], 0.0);
    }
  }
}

TEST_P(GroupSearchTest, BadCallsAreNamed) {
  std::vector<double> groups(16, 1.0), rest(3, 0.5);
  std::vector<std::uint32_t> node = {0, 1, 0};
  search_groups(groups, rest, node);
  node = {0, 2, 1};
  EXPECT_EQ(argument_error([&] { search_groups(groups, rest, node); }),
            "[group_search] node 2: must be below the 2 groups");
  node = {0, 1};
  EXPECT_NE(argument_error([&] { search_groups(groups, rest, node); }), "");
  groups.resize(15);
  rest.resize(2);
  EXPECT_NE(argument_error([&] { search_groups(groups, rest, node); }), "");
}

}  // namespace
}  // namespace pavlov::kernels
