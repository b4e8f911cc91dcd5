#include "pavlov/agents/train_on_policy.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

// Keeps what every rollout held.
class Recorder final : public OnPolicyAgent {
 public:
  Recorder(std::size_t n_steps, const envs::EnvSpec& spec)
      : OnPolicyAgent("recorder", {.hidden = {}}, nets::AdamConfig(), spec.observation_space.size(),
                      spec.action_space, 1),
        n_steps_(n_steps) {}

  struct Sample {
    float episode, step, returns;
  };
  struct Round {
    std::size_t steps = 0;
    std::int64_t env_steps = 0;
    std::vector<Sample> samples;
    std::vector<float> final_episodes, final_steps;  // of the final observations
  };
  std::vector<Round> rounds;

  std::size_t n_steps() const override { return n_steps_; }
  PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) override {
    Round round;
    round.steps = rollout.steps();
    round.env_steps = progress.env_steps;
    std::ranges::fill(rollout.values(), 0.0f);
    std::ranges::fill(rollout.final_values(), 0.0f);
    rollout.estimate_returns(1.0);
    replay::RolloutBatch& batch = batch_of(rollout.samples(), rollout.shape());
    rollout.minibatch(0, rollout.samples(), batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      round.samples.push_back(
          {batch.observation()(i, 0), batch.observation()(i, 1), batch.returns()[i]});
    }
    for (std::size_t k = 0; k < rollout.final_observations().rows; ++k) {
      round.final_episodes.push_back(rollout.final_observations()(k, 0));
      round.final_steps.push_back(rollout.final_observations()(k, 1));
    }
    rounds.push_back(std::move(round));
    return {.policy_loss = static_cast<double>(rounds.size()), .updates = 1};
  }
  double discount() const override { return 1.0; }

 private:
  const std::size_t n_steps_;
};

std::unique_ptr<envs::VecEnv> make_resting_script(std::vector<std::pair<int, bool>> episodes,
                                                  std::size_t n) {
  return envs::make_vec([episodes] { return std::make_unique<Script>(episodes); },
                        {.num_envs = n, .autoreset_mode = envs::AutoresetMode::disabled});
}

TEST(TrainOnPolicy, SegmentsGoOnFromRoundToRound) {
  // Episodes of 2 steps (truncated) and 3 steps (terminated) in turn.
  const auto env = make_script({{2, true}, {3, false}}, 1);
  Recorder agent(4, env->spec());
  const TrainingResult result = train_on_policy(*env, agent, {.total_steps = 10}, 1);
  EXPECT_EQ(result.progress.env_steps, 10);
  EXPECT_EQ(result.progress.updates, 3);
  EXPECT_EQ(result.episodes, 4);
  ASSERT_EQ(agent.rounds.size(), 3u);
  EXPECT_EQ(agent.rounds[2].steps, 2u) << "the last segment is cut to the budget";
  std::vector<float> episodes, steps;
  for (const Recorder::Round& round : agent.rounds) {
    for (const Recorder::Sample& s : round.samples) {
      episodes.push_back(s.episode);
      steps.push_back(s.step);
    }
  }
  EXPECT_EQ(episodes, (std::vector<float>{0, 0, 1, 1, 1, 2, 2, 3, 3, 3}));
  EXPECT_EQ(steps, (std::vector<float>{0, 1, 0, 1, 2, 0, 1, 0, 1, 2}));
  // Rewards are 100 episode + step: returns stop at both ends of an episode.
  EXPECT_EQ(agent.rounds[0].samples[0].returns, 1.0f + 2.0f);
  EXPECT_EQ(agent.rounds[0].samples[2].returns, 101.0f + 102.0f);
  EXPECT_EQ(agent.rounds[1].samples[0].returns, 103.0f);
  // Only truncations have a final observation: the one before the reset.
  EXPECT_EQ(agent.rounds[0].final_episodes, (std::vector<float>{0}));
  EXPECT_EQ(agent.rounds[0].final_steps, (std::vector<float>{2}));
  EXPECT_EQ(agent.rounds[1].final_episodes, (std::vector<float>{2}));
}

TEST(TrainOnPolicy, WholeEpisodesAreOneOfEachEnvironment) {
  // Round r: environment i plays episode r of the script.
  const auto env = make_resting_script({{2, true}, {5, false}, {1, false}}, 3);
  Recorder agent(0, env->spec());
  const TrainingResult result = train_on_policy(*env, agent, {.total_steps = 22}, 1);
  EXPECT_EQ(result.progress.env_steps, 3 * (2 + 5 + 1)) << "episodes are played to their end";
  ASSERT_EQ(agent.rounds.size(), 3u);
  EXPECT_EQ(result.episodes, 9);
  const std::size_t lengths[] = {2, 5, 1};
  for (std::size_t r = 0; r < 3; ++r) {
    EXPECT_EQ(agent.rounds[r].samples.size(), 3 * lengths[r]);
    for (const Recorder::Sample& s : agent.rounds[r].samples) {
      EXPECT_EQ(s.episode, static_cast<float>(r));
    }
    EXPECT_EQ(agent.rounds[r].final_steps.size(), r == 0 ? 3u : 0u);
  }
}

// Ends after as many steps as its number among all environments made, counted from 1.
class Staggered final : public envs::Env {
 public:
  explicit Staggered(int length) : length_(length) {}
  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec{.id = "Staggered",
                                    .observation_space = {{0, 0}, {100, 100}},
                                    .action_space = envs::Discrete{2},
                                    .max_episode_steps = 0,
                                    .reward_threshold = {},
                                    .render_fps = 0};
    return spec;
  }
  void reset(kernels::Pcg64&) override { step_ = 0; }
  envs::Transition step(const envs::Action&, kernels::Pcg64&) override {
    ++step_;
    return {.reward = 1.0, .terminated = step_ == length_};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(length_);
    observation[1] = static_cast<float>(step_);
  }

 private:
  int length_;
  int step_ = 0;
};

TEST(TrainOnPolicy, EnvironmentsThatHaveFinishedRest) {
  int made = 0;
  const auto env = envs::make_vec([&made] { return std::make_unique<Staggered>(++made); },
                                  {.num_envs = 3, .autoreset_mode = envs::AutoresetMode::disabled});
  Recorder agent(0, env->spec());
  double mean_length = 0.0, mean_return = 0.0;
  const std::vector<Observer> observers = {{1, [&](const TrainingSnapshot& s) {
                                              mean_length = s.mean_length;
                                              mean_return = s.mean_return;
                                            }}};
  const TrainingResult result = train_on_policy(*env, agent, {.total_steps = 1}, 1, observers);
  ASSERT_EQ(agent.rounds.size(), 1u);
  // make_vec makes environments to look at, too: their lengths are k, k + 1, k + 2.
  std::map<float, int> count;
  for (const Recorder::Sample& s : agent.rounds[0].samples) {
    ++count[s.episode];
    EXPECT_EQ(s.returns, s.episode - s.step);
  }
  ASSERT_EQ(count.size(), 3u);
  std::int64_t steps = 0;
  for (const auto& [length, samples] : count) {
    EXPECT_EQ(samples, static_cast<int>(length));
    steps += samples;
  }
  EXPECT_EQ(result.progress.env_steps, steps) << "resting is no step";
  EXPECT_DOUBLE_EQ(mean_length, static_cast<double>(steps) / 3.0);
  EXPECT_DOUBLE_EQ(mean_return, mean_length);
}

TEST(TrainOnPolicy, ObserversSeeTheirIntervalAndTheEnd) {
  const auto env = make_script({{5, false}}, 4);
  Recorder agent(2, env->spec());
  std::vector<std::int64_t> steps;
  std::vector<double> losses;
  const std::vector<Observer> observers = {{20, [&](const TrainingSnapshot& s) {
                                              steps.push_back(s.progress.env_steps);
                                              losses.push_back(s.policy_gradient->policy_loss);
                                              EXPECT_EQ(s.last, s.progress.env_steps >= 50);
                                              EXPECT_EQ(&s.agent, &agent);
                                            }}};
  train_on_policy(*env, agent, {.total_steps = 50}, 1, observers);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{24, 40, 52}));
  // Round k reports loss k: the mean over rounds 1..3, 4..5, 6..7.
  EXPECT_EQ(losses, (std::vector<double>{2, 4.5, 6.5}));
}

TEST(TrainOnPolicy, ThrowingObserverLeavesTheAgentWhole) {
  const auto env = make_script({{5, false}}, 1);
  Recorder agent(5, env->spec());
  const std::vector<Observer> observers = {
      {10, [](const TrainingSnapshot&) { throw std::runtime_error("disk full"); }}};
  EXPECT_THROW(train_on_policy(*env, agent, {.total_steps = 50}, 1, observers), std::runtime_error);
  EXPECT_EQ(agent.rounds.size(), 2u);
  EXPECT_EQ(train_on_policy(*env, agent, {.total_steps = 50}, 1).progress.env_steps, 50);
}

TEST(TrainOnPolicy, StopEndsTheRunWithoutLearningFromAPart) {
  for (const std::size_t n_steps : {7u, 0u}) {
    const auto env =
        n_steps == 0 ? make_resting_script({{7, false}}, 1) : make_script({{7, false}}, 1);
    Recorder agent(n_steps, env->spec());
    std::atomic<bool> stop{false};
    bool saw_last = false;
    const std::vector<Observer> observers = {{7, [&](const TrainingSnapshot& s) {
                                                if (s.progress.env_steps == 21) stop = true;
                                                saw_last = saw_last || s.last;
                                              }}};
    const TrainingResult result =
        train_on_policy(*env, agent, {.total_steps = 1000}, 1, observers, &stop);
    EXPECT_TRUE(result.interrupted);
    EXPECT_TRUE(saw_last);
    EXPECT_EQ(result.progress.env_steps, 21);
    EXPECT_EQ(agent.rounds.size(), 3u);
  }
}

// Final weights of a short real run.
std::vector<float> weights_after(std::size_t threads, std::uint64_t seed) {
  const auto env = make_chain(320, threads);
  Ppo agent({.network = {.hidden = {16}}, .n_steps = 4, .batch_size = 128, .n_epochs = 2},
            Chain::kStates, env->spec().action_space, env->size(), seed);
  train_on_policy(*env, agent, {.total_steps = 12800}, seed);
  const std::span<const float> values = agent.model().parameters().values();
  return {values.begin(), values.end()};
}

TEST(TrainOnPolicy, OneSeedOneResultForAnyNumberOfThreads) {
  const std::vector<float> reference = weights_after(1, 3);
  EXPECT_EQ(weights_after(1, 3), reference);
  EXPECT_EQ(weights_after(2, 3), reference);
  EXPECT_EQ(weights_after(7, 3), reference);
  EXPECT_NE(weights_after(1, 4), reference);
}

// The third reward of environment 1 is not a number. (make_vec itself refuses such rewards.)
class Poisoned final : public envs::VecEnvWrapper {
 public:
  explicit Poisoned(std::unique_ptr<envs::VecEnv> env)
      : VecEnvWrapper(std::move(env), "Poisoned", "") {}

 protected:
  envs::StepView after_step(const envs::StepView& step) override {
    reward_.assign(step.reward.begin(), step.reward.end());
    if (++steps_ == 3) reward_[1] = std::numeric_limits<double>::quiet_NaN();
    envs::StepView view = step;
    view.reward = reward_;
    return view;
  }

 private:
  int steps_ = 0;
  std::vector<double> reward_;
};

TEST(TrainOnPolicy, RewardThatIsNotFiniteIsAnError) {
  Poisoned env(make_chain(2));
  A2c agent({}, Chain::kStates, env.spec().action_space, 1);
  try {
    train_on_policy(env, agent, {.total_steps = 100}, 1);
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "[train] reward nan of environment 1 at step 4: must be finite");
  }
}

TEST(TrainOnPolicy, WhatDoesNotFitIsRefused) {
  const auto chain = make_chain(1);
  const envs::Space discrete = envs::Discrete{2}, box = envs::Box{{-1.0f}, {1.0f}};
  const auto refuse = [](envs::VecEnv& env, OnPolicyAgent& agent, std::int64_t steps,
                         const std::string& part) {
    try {
      train_on_policy(env, agent, {.total_steps = steps}, 1);
      FAIL() << "no exception: " << part;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  A2c fits({}, Chain::kStates, discrete, 1), continuous({}, Chain::kStates, box, 1);
  A2c narrow({}, 3, discrete, 1), few({}, Chain::kStates, envs::Discrete{3}, 1);
  refuse(*chain, continuous, 100, "does not fit an agent of 5 observations and 1 continuous");
  refuse(*chain, narrow, 100, "does not fit an agent of 3 observations");
  refuse(*chain, few, 100, "3 discrete actions");
  refuse(*chain, fits, 0, "steps 0: must be at least 1");
  refuse(*make_resting_script({{1, false}}, 1), *std::make_unique<Recorder>(2, Script({}).spec()),
         100, "autoreset disabled: must be same_step for segments");
  refuse(*make_script({{1, false}}), *std::make_unique<Recorder>(0, Script({}).spec()), 100,
         "autoreset same_step: must be disabled for whole episodes");
  const std::vector<Observer> observers = {{0, [](const TrainingSnapshot&) {}}};
  EXPECT_THROW(train_on_policy(*chain, fits, {}, 1, observers), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
