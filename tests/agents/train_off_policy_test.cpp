#include "pavlov/agents/train_off_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/ladder.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

// Always takes action 0 and keeps every batch it is shown.
class Recorder final : public OffPolicyAgent {
 public:
  explicit Recorder(std::size_t observation_size)
      : network_({.inputs = observation_size, .hidden = {}, .outputs = 2}) {}

  void act(ConstMatrixView, const Progress& progress, std::span<std::int32_t> action) override {
    if (first_act < 0) first_act = progress.env_steps;
    std::ranges::fill(action, 0);
  }
  LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) override {
    learn_steps.push_back(progress.env_steps);
    weights.push_back(batch.weight);
    if (priority) std::ranges::transform(batch.reward, batch.priority.begin(), priority);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      seen.push_back({batch.observation.matrix()(i, 0), batch.observation.matrix()(i, 1),
                      batch.next_observation.matrix()(i, 0), batch.next_observation.matrix()(i, 1),
                      batch.reward[i], batch.discount[i]});
    }
    return {.loss = static_cast<double>(learn_steps.size())};
  }
  double exploration(const Progress&) const override { return 0.0; }
  double discount() const override { return 0.75; }
  const nets::Network& network() const override { return network_; }
  ActionHead action_head() const override { return {.actions = 2}; }

  struct Seen {
    float episode, step, next_episode, next_step, reward, discount;
  };
  std::vector<Seen> seen;
  std::vector<std::int64_t> learn_steps;
  std::vector<std::vector<float>> weights;  // of each batch
  std::int64_t first_act = -1;
  std::function<float(float)> priority;  // of a sample, from its reward; none: not written

 private:
  nets::Mlp network_;
};

TEST(TrainOffPolicy, TruncationKeepsItsDiscountAndTerminationDoesNot) {
  // Episodes of 1, 2 and 5 steps with both kinds of end, over three environments.
  const std::vector<std::pair<int, bool>> episodes = {{1, false}, {2, true},  {5, false},
                                                      {1, true},  {2, false}, {5, true}};
  const auto env = make_script(episodes, 3);
  Recorder agent(2);
  OffPolicyConfig config{.total_steps = 300,
                         .learning_starts = 0,
                         .train_freq = 3,
                         .gradient_steps = 4,
                         .batch_size = 8,
                         .replay = {.buffer_size = 64}};
  replay::Replay replay(config.replay, 2);
  const TrainingResult result = train_off_policy(*env, agent, replay, config, 1);
  EXPECT_EQ(result.progress.env_steps, 300);
  EXPECT_EQ(result.progress.updates, 400);
  ASSERT_EQ(agent.seen.size(), 3200u);
  for (const Recorder::Seen& s : agent.seen) {
    const auto& [length, truncated] =
        episodes[static_cast<std::size_t>(s.episode) % episodes.size()];
    // Whatever the end, the next observation belongs to the same episode.
    EXPECT_EQ(s.next_episode, s.episode);
    EXPECT_EQ(s.next_step, s.step + 1);
    EXPECT_EQ(s.reward, 100.0f * s.episode + s.next_step);
    const bool terminated = static_cast<int>(s.next_step) == length && !truncated;
    EXPECT_EQ(s.discount, terminated ? 0.0f : 0.75f) << s.episode << " " << s.step;
  }
}

TEST(TrainOffPolicy, StepsOfRewardEndWithTheEpisode) {
  const std::vector<std::pair<int, bool>> episodes = {{1, false}, {2, true},  {5, false},
                                                      {1, true},  {2, false}, {5, true}};
  const auto env = make_script(episodes, 3);
  Recorder agent(2);
  const OffPolicyConfig config{.total_steps = 300,
                               .learning_starts = 0,
                               .train_freq = 3,
                               .gradient_steps = 4,
                               .batch_size = 8,
                               .replay = {.buffer_size = 64, .n_step = 3}};
  replay::Replay replay(config.replay, 2);
  train_off_policy(*env, agent, replay, config, 1);
  ASSERT_GT(agent.seen.size(), 3000u);
  for (const Recorder::Seen& s : agent.seen) {
    const auto& [length, truncated] =
        episodes[static_cast<std::size_t>(s.episode) % episodes.size()];
    const float k = std::min(3.0f, static_cast<float>(length) - s.step);
    EXPECT_EQ(s.next_episode, s.episode);
    EXPECT_EQ(s.next_step, s.step + k);
    float reward = 0.0f;
    for (float j = k; j >= 1.0f; --j) reward = 100.0f * s.episode + s.step + j + 0.75f * reward;
    EXPECT_FLOAT_EQ(s.reward, reward);
    const bool terminated = static_cast<int>(s.next_step) == length && !truncated;
    EXPECT_EQ(s.discount, terminated ? 0.0f : std::pow(0.75f, k)) << s.episode << " " << s.step;
  }
}

TEST(TrainOffPolicy, LearningWaitsForTheFirstCompleteTransition) {
  const auto env = make_script({{10, false}}, 2);
  Recorder agent(2);
  const OffPolicyConfig config{.total_steps = 40,
                               .learning_starts = 0,
                               .train_freq = 2,
                               .batch_size = 4,
                               .replay = {.buffer_size = 64, .n_step = 4}};
  replay::Replay replay(config.replay, 2);
  EXPECT_EQ(train_off_policy(*env, agent, replay, config, 1).progress.updates, 17);
  EXPECT_EQ(agent.learn_steps.front(), 8);
}

TEST(TrainOffPolicy, PrioritiesGoBackAndWeightsFollowTheBudget) {
  const auto env = make_script({{10, false}}, 1);
  Recorder agent(2);
  OffPolicyConfig config{.total_steps = 1000,
                         .learning_starts = 10,
                         .train_freq = 1,
                         .batch_size = 64,
                         .replay = {.buffer_size = 500, .prioritized = true}};
  config.replay.priority.alpha = 1.0;
  config.replay.priority.beta = 0.0;
  // Only steps that end an episode count; their reward is 100 episode + 10.
  agent.priority = [](float reward) { return std::lround(reward) % 100 == 10 ? 1.0f : 1e-3f; };
  replay::Replay replay(config.replay, 2);
  train_off_policy(*env, agent, replay, config, 1);
  std::size_t ends = 0, last = 0;
  for (std::size_t i = agent.seen.size() - 6400; i < agent.seen.size(); ++i, ++last) {
    if (agent.seen[i].discount == 0.0f) ++ends;
  }
  EXPECT_GT(ends, last * 9 / 10);
  // An end is drawn 1000 times as often; its weight is 1000^-beta, beta = steps / 1000.
  for (const std::size_t update : {100u, 500u, 989u}) {
    const double beta = static_cast<double>(agent.learn_steps[update]) / 1000.0;
    const double least = *std::ranges::min_element(agent.weights[update]);
    const double most = *std::ranges::max_element(agent.weights[update]);
    EXPECT_EQ(most, 1.0);
    EXPECT_TRUE(least == 1.0 || std::abs(std::log(least) + beta * std::log(1000.0)) < 0.02)
        << update << " " << least;
  }
  agent.priority = nullptr;  // an agent that does not know of priorities
  EXPECT_THROW(train_off_policy(*env, agent, replay, config, 1), std::invalid_argument);
}

TEST(TrainOffPolicy, UpdatesKeepTheirRatioForAnyNumberOfEnvironments) {
  for (const std::size_t envs : {1u, 3u, 8u}) {
    const auto env = make_script({{4, false}}, envs);
    Recorder agent(2);
    OffPolicyConfig config{.total_steps = 240,
                           .learning_starts = 48,
                           .train_freq = 12,
                           .gradient_steps = 3,
                           .batch_size = 4,
                           .replay = {.buffer_size = 100}};
    replay::Replay replay(config.replay, 2);
    const TrainingResult result = train_off_policy(*env, agent, replay, config, 1);
    EXPECT_EQ(result.progress.updates, (240 - 48) / 12 * 3) << envs;
    EXPECT_EQ(agent.first_act, 48) << envs;
    EXPECT_GT(agent.learn_steps.front(), 48);
    EXPECT_EQ(result.episodes, static_cast<std::int64_t>(240 / envs / 4 * envs));
  }
}

TEST(TrainOffPolicy, MinusOneGradientStepMeansOnePerEnvironmentStep) {
  const auto env = make_script({{4, false}}, 2);
  Recorder agent(2);
  OffPolicyConfig config{.total_steps = 100,
                         .learning_starts = 20,
                         .train_freq = 8,
                         .gradient_steps = -1,
                         .batch_size = 4,
                         .replay = {.buffer_size = 100}};
  replay::Replay replay(config.replay, 2);
  EXPECT_EQ(train_off_policy(*env, agent, replay, config, 1).progress.updates, 80);
}

TEST(TrainOffPolicy, ObserversSeeTheirIntervalAndTheEnd) {
  const auto env = make_script({{5, false}}, 4);
  Recorder agent(2);
  OffPolicyConfig config{.total_steps = 50,
                         .learning_starts = 0,
                         .train_freq = 4,
                         .gradient_steps = 1,
                         .batch_size = 4,
                         .replay = {.buffer_size = 100}};
  replay::Replay replay(config.replay, 2);
  std::vector<std::int64_t> steps;
  std::vector<double> losses;
  const std::vector<Observer> observers = {{10, [&](const TrainingSnapshot& s) {
                                              steps.push_back(s.progress.env_steps);
                                              losses.push_back(s.learn.loss);
                                              EXPECT_EQ(s.last, s.progress.env_steps >= 50);
                                              EXPECT_EQ(&s.agent, &agent);
                                            }}};
  train_off_policy(*env, agent, replay, config, 1, observers);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{12, 20, 32, 40, 52}));
  // Update number k reports loss k: the mean over updates 1..3, 4..5, 6..8, 9..10, 11..13.
  EXPECT_EQ(losses, (std::vector<double>{2, 4.5, 7, 9.5, 12}));
}

TEST(TrainOffPolicy, ThrowingObserverLeavesAgentAndReplayWhole) {
  const auto env = make_script({{5, false}}, 1);
  Recorder agent(2);
  OffPolicyConfig config{
      .total_steps = 50, .learning_starts = 0, .batch_size = 4, .replay = {.buffer_size = 99}};
  replay::Replay replay(config.replay, 2);
  const std::vector<Observer> observers = {
      {10, [](const TrainingSnapshot&) { throw std::runtime_error("disk full"); }}};
  EXPECT_THROW(train_off_policy(*env, agent, replay, config, 1, observers), std::runtime_error);
  EXPECT_EQ(replay.size(), 10u);
  EXPECT_EQ(train_off_policy(*env, agent, replay, config, 1).progress.env_steps, 50);
}

TEST(TrainOffPolicy, StopEndsTheRunAfterTheStep) {
  const auto env = make_script({{5, false}}, 1);
  Recorder agent(2);
  OffPolicyConfig config{
      .total_steps = 1000, .learning_starts = 0, .batch_size = 4, .replay = {.buffer_size = 99}};
  replay::Replay replay(config.replay, 2);
  std::atomic<bool> stop{false};
  bool saw_last = false;
  const std::vector<Observer> observers = {{7, [&](const TrainingSnapshot& s) {
                                              if (s.progress.env_steps == 21) stop = true;
                                              saw_last = saw_last || s.last;
                                            }}};
  const TrainingResult result = train_off_policy(*env, agent, replay, config, 1, observers, &stop);
  EXPECT_TRUE(result.interrupted);
  EXPECT_TRUE(saw_last);
  EXPECT_EQ(result.progress.env_steps, 22);
}

// Final weights of a short real run.
std::vector<float> weights_after(std::size_t threads, std::uint64_t seed) {
  DqnConfig config;
  config.hidden = {16};
  config.target_update_interval = 20;
  OffPolicyConfig training{.total_steps = 6400,
                           .learning_starts = 640,
                           .train_freq = 128,
                           .gradient_steps = 4,
                           .batch_size = 16,
                           .replay = {.buffer_size = 2000}};
  const auto env = make_chain(320, threads);
  Dqn agent(config, Chain::kStates, 2, seed);
  replay::Replay replay(training.replay, Chain::kStates);
  train_off_policy(*env, agent, replay, training, seed);
  const std::span<const float> values = agent.network().parameters().values();
  return {values.begin(), values.end()};
}

TEST(TrainOffPolicy, OneSeedOneResultForAnyNumberOfThreads) {
  const std::vector<float> reference = weights_after(1, 3);
  EXPECT_EQ(weights_after(1, 3), reference);
  EXPECT_EQ(weights_after(2, 3), reference);
  EXPECT_EQ(weights_after(7, 3), reference);
  EXPECT_NE(weights_after(1, 4), reference);
}

// All that a run leaves: weights, and the state of replay with its stream.
struct Left {
  std::vector<float> weights;
  std::vector<std::byte> replay;
  bool operator==(const Left&) const = default;
};

// After rounds of three updates on a chain, stopped by an observer after `stop_after` steps.
Left left_by(const Rung& rung, bool prefetch, std::int64_t stop_after) {
  DqnConfig config;
  OffPolicyConfig training;
  rung.set(config, training);
  config.hidden = {16};
  config.target_update_interval = 20;
  training = {.total_steps = 600,
              .learning_starts = 50,
              .train_freq = 4,
              .gradient_steps = 3,
              .batch_size = 16,
              .replay = training.replay,
              .prefetch = prefetch};
  training.replay.buffer_size = 200;
  const auto env = make_chain(8);  // two rounds per step
  Dqn agent(config, Chain::kStates, 2, 3);
  replay::Replay replay(training.replay, Chain::kStates);
  std::atomic<bool> stop{false};
  const std::vector<Observer> observers = {
      {8, [&](const TrainingSnapshot& s) { stop = s.progress.env_steps >= stop_after; }}};
  train_off_policy(*env, agent, replay, training, 3, observers, &stop);
  const std::span<const float> values = std::as_const(agent).network().parameters().values();
  kernels::StateWriter state;
  replay.save(state);
  return {{values.begin(), values.end()}, {state.bytes().begin(), state.bytes().end()}};
}

TEST(TrainOffPolicy, PrefetchGivesTheSameRunToTheBit) {
  int compared = 0;
  for (const Rung& rung : ladder()) {
    DqnConfig config;
    OffPolicyConfig training;
    rung.set(config, training);
    if (training.replay.prioritized) {
      EXPECT_THROW(left_by(rung, true, 600), std::invalid_argument) << rung.name;
      continue;
    }
    for (const std::int64_t stop_after : {88, 600}) {
      EXPECT_EQ(left_by(rung, true, stop_after), left_by(rung, false, stop_after)) << rung.name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 12) << "rungs with uniform replay";
}

TEST(TrainOffPolicy, BadConfigurationsAreNamed) {
  const auto message = [](OffPolicyConfig config) {
    const auto env = make_chain(1);
    Recorder agent(Chain::kStates);
    try {
      replay::Replay replay(config.replay, Chain::kStates);
      train_off_policy(*env, agent, replay, config, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({.batch_size = 0, .replay = {.buffer_size = 50000}}),
            "[train] batch_size 0: must be in [1, buffer_size=50000]");
  EXPECT_EQ(message({.replay = {.prioritized = true}, .prefetch = true}),
            "[train] prefetch true: must be false where replay is prioritized, whose next draw "
            "depends on the priorities of the batch before");
  EXPECT_NE(message({.total_steps = 0}), "");
  EXPECT_NE(message({.learning_starts = -1}), "");
  EXPECT_NE(message({.train_freq = 0}), "");
  EXPECT_NE(message({.gradient_steps = 0}), "");
  EXPECT_NE(message({.batch_size = 11, .replay = {.buffer_size = 10}}), "");
  EXPECT_NE(message({.batch_size = 1, .replay = {.buffer_size = 0}}), "");

  Recorder agent(Chain::kStates);
  const OffPolicyConfig ten = {.batch_size = 1, .replay = {.buffer_size = 10}};
  replay::Replay replay(ten.replay, Chain::kStates);
  const auto refused = [&](envs::VecEnv& env, const OffPolicyConfig& config) {
    EXPECT_THROW(train_off_policy(env, agent, replay, config, 1), std::invalid_argument);
  };
  refused(*make_chain(1), {.batch_size = 1, .replay = {.buffer_size = 9}});
  refused(*make_chain(1), {.batch_size = 1, .replay = {.buffer_size = 10, .n_step = 2}});
  refused(*make_script({{1, false}}), ten);  // observations of another size
  refused(*make_chain(11), ten);
  refused(*envs::make_vec([] { return std::make_unique<Chain>(); }, {}), ten);  // next_step
}

}  // namespace
}  // namespace pavlov::agents
