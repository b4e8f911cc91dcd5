#include "pavlov/agents/action_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace pavlov::agents {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Greedy actions of rows that lie `stride` floats apart; fills `score`.
std::vector<std::int32_t> greedy(const ActionHead& head, const std::vector<float>& outputs,
                                 std::size_t stride, kernels::Tensor& score) {
  const std::size_t rows = outputs.size() / stride;
  score = kernels::Tensor({rows, head.actions});
  std::vector<std::int32_t> action(rows);
  greedy_actions(head, {outputs.data(), rows, stride}, score.matrix(), action);
  return action;
}

TEST(ActionHead, ReadsTheFirstOutputsAndLeavesAValueEstimateAlone) {
  kernels::Tensor score;
  const std::vector<float> outputs = {1, 3, 2, 9, 5, 4, 3, 9};
  EXPECT_EQ(greedy({.kind = HeadKind::logits, .actions = 3}, outputs, 4, score),
            (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(score.matrix()(1, 2), 3.0f);
  EXPECT_EQ(greedy({.kind = HeadKind::values, .actions = 4}, outputs, 4, score),
            (std::vector<std::int32_t>{3, 3}));
}

// The mean decides, not the most probable atom or the largest quantile.
TEST(ActionHead, DistributionsAreComparedByTheirMeans) {
  kernels::Tensor score;
  const float log2 = std::log(2.0f);
  // Returns 0, 1, 2 with weights (4,1,1)/6, and (1,2,1)/4.
  const std::vector<float> logits = {2 * log2, 0, 0, 0, log2, 0};
  const ActionHead c51 = {.kind = HeadKind::categorical_values,
                          .actions = 2,
                          .support = {.v_min = 0, .v_max = 2, .atoms = 3}};
  EXPECT_EQ(greedy(c51, logits, 6, score), std::vector<std::int32_t>{1});
  EXPECT_NEAR(score.matrix()(0, 0), 0.5f, 1e-6f);
  EXPECT_NEAR(score.matrix()(0, 1), 1.0f, 1e-6f);

  const std::vector<float> quantiles = {-9, 0, 10, 1, 1, 1};
  const ActionHead qr = {.kind = HeadKind::quantile_values, .actions = 2, .atoms = 3};
  EXPECT_EQ(greedy(qr, quantiles, 6, score), std::vector<std::int32_t>{1});
}

TEST(ActionHead, ContinuousActionsAreClippedOrSquashed) {
  std::vector<float> u = {-7, 0.5f, 7, 0};
  ActionHead head = {
      .kind = HeadKind::gaussian, .actions = 2, .low = {-1, -kInfinity}, .high = {2, 0.25f}};
  validate(head);
  to_environment(head, {u.data(), 2, 2});
  EXPECT_EQ(u, (std::vector<float>{-1, 0.25f, 2, 0}));

  u = {0, 100, -100, std::atanh(0.5f)};
  head = {.kind = HeadKind::squashed_gaussian, .actions = 2, .low = {-1, 0}, .high = {3, 1}};
  to_environment(head, {u.data(), 2, 2});
  EXPECT_FLOAT_EQ(u[0], 1);
  EXPECT_FLOAT_EQ(u[1], 1);
  EXPECT_FLOAT_EQ(u[2], -1);
  EXPECT_FLOAT_EQ(u[3], 0.75f);
}

TEST(ActionHead, KindsHaveNames) {
  for (const HeadKind kind :
       {HeadKind::values, HeadKind::categorical_values, HeadKind::quantile_values, HeadKind::logits,
        HeadKind::gaussian, HeadKind::squashed_gaussian}) {
    EXPECT_EQ(parse_head_kind(to_string(kind)), kind);
  }
  EXPECT_THROW(parse_head_kind("gausian"), std::runtime_error);
}

TEST(ActionHead, BadHeadsAreErrors) {
  const auto bad = [](const ActionHead& head) {
    EXPECT_THROW(validate(head), std::invalid_argument) << to_string(head.kind);
  };
  bad({});
  bad({.kind = HeadKind::quantile_values, .actions = 2, .atoms = 0});
  bad({.kind = HeadKind::categorical_values, .actions = 2, .support = {.atoms = 1}});
  bad({.kind = HeadKind::categorical_values, .actions = 2, .support = {.v_min = 1, .v_max = 1}});
  bad({.kind = HeadKind::gaussian, .actions = 1});
  bad({.kind = HeadKind::gaussian, .actions = 1, .low = {1}, .high = {1}});
  bad({.kind = HeadKind::squashed_gaussian, .actions = 1, .low = {0}, .high = {kInfinity}});

  std::vector<float> few = {1, 2, 3};
  kernels::Tensor score({1, 4});
  std::vector<std::int32_t> action(1);
  EXPECT_THROW(greedy_actions({.actions = 4}, {few.data(), 1, 3}, score.matrix(), action),
               std::invalid_argument);
  EXPECT_THROW(to_environment({.actions = 3}, {few.data(), 1, 3}), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
