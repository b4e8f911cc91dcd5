// Policy gradient allocates nothing from its second round on: playing, estimating, learning.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/agents/reinforce.h"
#include "pavlov/agents/train_on_policy.h"
#include "pavlov/tests/agents/allocations.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kEnvs = 6;

// Allocations from the end of the first round to the end of the last.
std::int64_t allocations_of(envs::VecEnv& env, OnPolicyAgent& agent) {
  std::vector<std::int64_t> counts;
  counts.reserve(1000);
  const std::vector<Observer> observers = {
      {1, [&](const TrainingSnapshot&) { counts.push_back(allocations()); }}};
  train_on_policy(env, agent, {.total_steps = 3000}, 1, observers);
  EXPECT_GT(counts.size(), 10u);
  return counts.back() - counts.front();
}

TEST(Allocation, PpoPlaysAndLearnsWithoutAnyAfterItsFirstRound) {
  for (const bool shared_trunk : {false, true}) {
    // Truncations, and a last minibatch of another size.
    const auto env = make_script({{3, true}, {2, false}, {7, true}}, kEnvs);
    Ppo agent({.network = {.hidden = {16}, .shared_trunk = shared_trunk},
               .n_steps = 20,
               .batch_size = 50,
               .n_epochs = 2},
              2, env->spec().action_space, kEnvs, 1);
    EXPECT_EQ(allocations_of(*env, agent), 0) << shared_trunk;
  }
}

TEST(Allocation, A2cPlaysAndLearnsWithoutAnyAfterItsFirstRound) {
  const auto env = make_script({{3, true}, {2, false}}, kEnvs);
  A2c agent({.network = {.hidden = {16}}, .n_steps = 5}, 2, env->spec().action_space, 1);
  EXPECT_EQ(allocations_of(*env, agent), 0);
}

TEST(Allocation, ReinforcePlaysAndLearnsWithoutAnyAfterItsLongestRound) {
  const std::vector<std::pair<int, bool>> episodes = {{9, true}, {2, false}, {5, false}};
  const auto env =
      envs::make_vec([episodes] { return std::make_unique<Script>(episodes); },
                     {.num_envs = kEnvs, .autoreset_mode = envs::AutoresetMode::disabled});
  Reinforce agent({.network = {.hidden = {16}}}, 2, env->spec().action_space, 1);
  EXPECT_EQ(allocations_of(*env, agent), 0);
}

}  // namespace
}  // namespace pavlov::agents
