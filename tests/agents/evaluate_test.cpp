#include "pavlov/agents/evaluate.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

Policy constant_policy(std::size_t observations, std::size_t actions) {
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = observations, .hidden = {}, .outputs = actions});
  network->parameters().value(1)(0, actions - 1) = 1.0f;  // always the last action
  return {std::move(network), {.env_id = "test"}};
}

TEST(Evaluation, Statistics) {
  const Evaluation evaluation{.returns = {1.0, 2.0, 6.0}, .lengths = {1, 2, 4}};
  EXPECT_DOUBLE_EQ(evaluation.mean(), 3.0);
  EXPECT_NEAR(evaluation.std(), 2.160246899, 1e-9);  // sqrt((4 + 1 + 9) / 3)
  EXPECT_DOUBLE_EQ(evaluation.min(), 1.0);
  EXPECT_DOUBLE_EQ(evaluation.max(), 6.0);
  EXPECT_NEAR(evaluation.length_mean(), 7.0 / 3.0, 1e-12);
}

TEST(Evaluate, CountsEveryEpisodeOnceWhateverTheBatch) {
  // One policy, one set of seeds: the same episodes for any number of environments at once.
  std::vector<double> reference;
  for (const std::size_t envs : {1u, 3u, 10u, 25u}) {
    Policy policy = constant_policy(4, 2);
    const auto env = envs::make("CartPole-v1", {.num_envs = envs});
    const Evaluation result = evaluate(policy, *env, 10, 500);
    ASSERT_EQ(result.returns.size(), 10u);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_DOUBLE_EQ(result.returns[i], static_cast<double>(result.lengths[i]));
    }
    if (reference.empty()) reference = result.returns;
    EXPECT_EQ(result.returns, reference) << envs;
  }
}

TEST(Evaluate, EpisodesEndByTruncationToo) {
  Policy policy = constant_policy(2, 2);
  const auto env = make_script({{3, true}});
  const Evaluation result = evaluate(policy, *env, 1, 0);
  EXPECT_EQ(result.lengths, std::vector<std::int64_t>{3});
  EXPECT_DOUBLE_EQ(result.returns[0], 1 + 2 + 3);
}

TEST(Evaluate, RefusesWhatDoesNotFit) {
  Policy policy = constant_policy(3, 2);
  const auto cartpole = envs::make("CartPole-v1");
  EXPECT_THROW(evaluate(policy, *cartpole, 1, 0), std::invalid_argument);
  Policy wide = constant_policy(4, 3);
  EXPECT_THROW(evaluate(wide, *cartpole, 1, 0), std::invalid_argument);
  Policy fits = constant_policy(4, 2);
  EXPECT_THROW(evaluate(fits, *cartpole, 0, 0), std::invalid_argument);
  const auto disabled =
      envs::make("CartPole-v1", {.autoreset_mode = envs::AutoresetMode::disabled});
  EXPECT_THROW(evaluate(fits, *disabled, 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
