#include "pavlov/agents/rounded_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/nets/bf16_mlp.h"
#include "pavlov/nets/int8_mlp.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

// y = weight x + bias of one layer.
Policy linear_policy(std::size_t inputs, std::vector<float> weight, std::vector<float> bias,
                     ActionHead head = {}) {
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = inputs, .hidden = {}, .outputs = bias.size()});
  std::ranges::copy(weight, network->parameters().value(0).data);
  std::ranges::copy(bias, network->parameters().value(1).data);
  return {std::move(network), {.env_id = "test"}, std::move(head)};
}

TEST(ComparePolicies, APolicyEqualsItself) {
  Policy policy = linear_policy(4, {0, 0.1f, 0, 0.2f, 0, 1, 0, 1}, {0, 0});
  Policy same = linear_policy(4, {0, 0.1f, 0, 0.2f, 0, 1, 0, 1}, {0, 0});
  const auto env = envs::make("CartPole-v1", {.num_envs = 7});
  const PolicyComparison result = compare(policy, same, *env, 10, 5);
  EXPECT_EQ(result.same_actions, 1.0);
  EXPECT_EQ(result.action_difference, 0.0);
  EXPECT_EQ(result.other.returns, result.reference.returns);
  EXPECT_EQ(result.return_difference(), 0.0);
  EXPECT_EQ(result.reference.returns, evaluate(policy, *env, 10, 5).returns);
}

// Observations are (episode, step), steps 0 to 3 of every episode.
TEST(ComparePolicies, CountsTheObservationsWhereBothAgree) {
  for (const std::size_t envs : {1u, 3u}) {
    Policy always_right = linear_policy(2, {0, 0, 0, 0}, {0, 1});
    Policy right_later = linear_policy(2, {0, 0, 0, 1}, {1.5f, 0});  // from step 2 on
    const auto env = make_script({{4, true}}, envs);
    EXPECT_DOUBLE_EQ(compare(always_right, right_later, *env, 2, 1).same_actions, 0.5) << envs;
  }
}

// Episodes of 1 to 4 steps: those that ended earlier than others beside them are not counted on.
TEST(ComparePolicies, CountsNothingAfterAnEpisodeEnded) {
  const auto share = [](std::size_t envs) {
    Policy always_right = linear_policy(5, std::vector<float>(10), {0, 1});
    Policy right_later = linear_policy(5, {0, 0, 0, 0, 0, 1, 0, 1, 0, 1}, {0.5f, 0});
    const auto env = make_chain(envs);
    return compare(always_right, right_later, *env, 12, 1).same_actions;
  };
  EXPECT_GT(share(1), 0.5);
  EXPECT_LT(share(1), 1.0);
  EXPECT_DOUBLE_EQ(share(4), share(1));
  EXPECT_DOUBLE_EQ(share(12), share(1));
}

TEST(ComparePolicies, ContinuousActionsDifferByTheirMeanDistance) {
  const ActionHead head{.kind = HeadKind::gaussian, .actions = 1, .low = {-2.0f}, .high = {2.0f}};
  Policy reference = linear_policy(3, {0, 0, 0}, {0.5f}, head);
  Policy other = linear_policy(3, {0, 0, 0}, {0.75f}, head);
  const auto env = envs::make("Pendulum-v1", {.num_envs = 2});
  const PolicyComparison result = compare(reference, other, *env, 2, 1);
  EXPECT_EQ(result.same_actions, 0.0);
  EXPECT_DOUBLE_EQ(result.action_difference, 0.25);
  EXPECT_DOUBLE_EQ(result.return_difference(), result.other.mean() - result.reference.mean());
  EXPECT_NE(result.return_difference(), 0.0);
}

TEST(ComparePolicies, BothMustFitTheEnvironment) {
  Policy policy = linear_policy(4, std::vector<float>(8), {0, 1});
  Policy other = linear_policy(3, std::vector<float>(6), {0, 1});
  const auto env = envs::make("CartPole-v1");
  EXPECT_THROW(compare(policy, other, *env, 1, 0), std::invalid_argument);
  EXPECT_THROW(compare(other, policy, *env, 1, 0), std::invalid_argument);
}

TEST(RoundedPolicies, KeepHeadAndOriginAndNearlyEveryAction) {
  auto network =
      std::make_unique<nets::Mlp>(nets::MlpConfig{.inputs = 4, .hidden = {64, 64}, .outputs = 3});
  kernels::RandomStream random(1, "init");
  network->initialize(nets::Init::orthogonal, random);
  Policy policy(std::move(network), {.env_id = "test", .algorithm = "dqn"});
  Policy int8 = to_int8(policy), bf16 = to_bf16(policy);
  EXPECT_NE(dynamic_cast<const nets::Int8Mlp*>(&int8.network()), nullptr);
  EXPECT_NE(dynamic_cast<const nets::Bf16Mlp*>(&bf16.network()), nullptr);
  kernels::Tensor observation({500, 4});
  for (float& v : observation.span()) v = static_cast<float>(random.normal());
  std::vector<std::int32_t> action(500), rounded(500);
  policy.act(observation.matrix(), action);
  for (Policy* other : {&int8, &bf16}) {
    EXPECT_EQ(other->origin().algorithm, "dqn");
    EXPECT_EQ(other->actions(), 3u);
    other->act(observation.matrix(), rounded);
    int same = 0;
    for (std::size_t i = 0; i < 500; ++i) same += action[i] == rounded[i] ? 1 : 0;
    EXPECT_GE(same, 480);
  }
  EXPECT_LT(std::ranges::count(action, action[0]), 400) << "one action alone shows nothing";
}

}  // namespace
}  // namespace pavlov::agents
