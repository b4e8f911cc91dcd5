// Nothing is allocated in the inner loops: whatever acts and learns has its memory after the first
// update with the largest batch.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/ladder.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/tests/agents/allocations.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kObservation = 4;
constexpr std::size_t kActions = 3;

template <class Work>
std::int64_t allocations_of(Work work) {
  const std::int64_t before = allocations();
  work();
  return allocations() - before;
}

TEST(Allocation, EveryFormOfNewIsCounted) {
  EXPECT_EQ(allocations_of([] {
              const kernels::Tensor tensor({3});              // aligned
              const std::vector<float> values(3);             // plain
              const auto array = std::make_unique<int[]>(3);  // of arrays
            }),
            3);
  EXPECT_EQ(allocations_of([] {}), 0);
}

replay::ReplayBatch random_batch(std::size_t size, std::uint64_t seed) {
  replay::ReplayBatch batch(size, kObservation);
  kernels::RandomStream random(seed, "batch");
  for (float& x : batch.observation.span()) x = static_cast<float>(random.normal());
  for (float& x : batch.next_observation.span()) x = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < size; ++i) {
    batch.action[i] = static_cast<std::int32_t>(random.below(kActions));
    batch.reward[i] = static_cast<float>(random.normal());
    batch.discount[i] = 0.9f;
  }
  return batch;
}

// Small agents with every rung's options, and other losses and target updates.
struct Named {
  std::string name;
  DqnConfig dqn;
  OffPolicyConfig training;
};
std::vector<Named> agents_to_count() {
  std::vector<Named> all;
  for (const Rung& rung : ladder()) {
    Named& agent = all.emplace_back(Named{std::string(rung.name), {}, {}});
    rung.set(agent.dqn, agent.training);
    agent.dqn.target_update_interval = 0;
  }
  DqnConfig other;
  other.loss = Loss::mse;
  other.hidden = {33};
  other.tau = 0.01;
  other.layer_norm = true;
  other.gradient_accumulation = 2;
  all.push_back({"other", other, {}});
  DqnConfig bf16;
  bf16.bf16 = true;
  all.push_back({"bf16", bf16, {}});
  DqnConfig linear;
  linear.hidden = {};
  all.push_back({"linear", linear, {}});
  return all;
}

TEST(Allocation, DqnActsAndLearnsWithoutAnyAfterItsFirstUpdate) {
  for (const Named& named : agents_to_count()) {
    Dqn agent(named.dqn, kObservation, kActions, 1);
    replay::ReplayBatch batch = random_batch(64, 1);
    std::vector<std::int32_t> action(64);
    const auto round = [&] {
      agent.act(batch.observation.matrix(), {}, action);
      agent.learn(batch, {});
    };
    EXPECT_GT(allocations_of(round), 0) << named.name;
    EXPECT_EQ(allocations_of([&] {
                for (int k = 0; k < 100; ++k) round();
              }),
              0)
        << named.name;
  }
}

// As where the last minibatch of an epoch is smaller.
TEST(Allocation, BatchesOfSizesThatWereSeenNeedNone) {
  for (const Named& named : agents_to_count()) {
    Dqn agent(named.dqn, kObservation, kActions, 1);
    replay::ReplayBatch whole = random_batch(64, 1);
    replay::ReplayBatch last = random_batch(17, 2);
    const auto epoch = [&] {
      for (int k = 0; k < 3; ++k) agent.learn(whole, {});
      agent.learn(last, {});
    };
    epoch();
    EXPECT_EQ(allocations_of([&] {
                for (int k = 0; k < 20; ++k) epoch();
              }),
              0)
        << named.name;
    EXPECT_EQ(agent.workspace_use().misses, 2);
    EXPECT_EQ(agent.workspace_use().hits, 21 * 4 - 2);
  }
}

TEST(Allocation, PolicyActsWithoutAnyUpToTheLargestBatchItHasSeen) {
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = kObservation, .hidden = {16}, .outputs = kActions});
  Policy policy(std::move(network), {});
  const replay::ReplayBatch batch = random_batch(64, 1);
  std::vector<std::int32_t> action(64);
  const auto act = [&](std::size_t rows) {
    policy.act(batch.observation.matrix().rows_from(0, rows), std::span(action).first(rows));
  };
  act(64);
  EXPECT_EQ(allocations_of([&] {
              for (std::size_t rows = 1; rows <= 64; ++rows) act(rows);
            }),
            0);
}

TEST(Allocation, TheOffPolicyLoopNeedsNoneBetweenTwoLooksAtIt) {
  for (Named& named : agents_to_count()) {
    const auto env = make_chain(4);
    Dqn agent(named.dqn, Chain::kStates, 2, 1);
    OffPolicyConfig& config = named.training;
    config.total_steps = 2000;
    config.learning_starts = 40;
    config.batch_size = 32;
    config.replay.buffer_size = 400;
    replay::Replay replay(config.replay, Chain::kStates);
    std::vector<std::int64_t> count;
    count.reserve(16);
    std::int64_t updates = 0;
    const std::vector<Observer> observers = {{200, [&](const TrainingSnapshot& snapshot) {
                                                count.push_back(allocations());
                                                updates = snapshot.progress.updates;
                                              }}};
    train_off_policy(*env, agent, replay, config, 1, observers);
    ASSERT_EQ(count.size(), 10u);
    EXPECT_EQ(updates, 490);
    for (std::size_t k = 1; k < count.size(); ++k) {
      EXPECT_EQ(count[k], count[k - 1]) << named.name << ", steps to " << 200 * (k + 1);
    }
  }
}

}  // namespace
}  // namespace pavlov::agents
