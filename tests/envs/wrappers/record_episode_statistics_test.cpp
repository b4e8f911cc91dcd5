#include "pavlov/envs/wrappers/record_episode_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/tests/envs/states_and_errors.h"
#include "pavlov/tests/envs/walk.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

constexpr AutoresetMode kModes[] = {AutoresetMode::next_step, AutoresetMode::same_step,
                                    AutoresetMode::disabled};

// The episode_* columns of the recorded runs of Gymnasium's SyncVectorEnv with this wrapper
// outside.
//
// In disabled mode those returns and lengths are wrong: SyncVectorEnv.reset takes reset_mask out of
// the options, so that the wrapper, which looks for it afterwards, begins the episodes of all
// environments anew with every masked reset. There the table must show the sums since the last
// reset of whichever environment, and this wrapper the sums of the episodes.
class EpisodeColumns : public OnParityData {
 protected:
  void expect_recorded_run(const char* mode) {
    const Table table = load_csv(folder_, std::string("autoreset/cartpole_") + mode + ".csv");
    const bool disabled = parse_autoreset_mode(mode) == AutoresetMode::disabled;
    RecordEpisodeStatistics env(make(
        "CartPole-v1",
        {.num_envs = 3, .autoreset_mode = parse_autoreset_mode(mode), .max_episode_steps = 25}));
    std::size_t episodes = 0, unlike = 0;
    std::vector<double> own(3), since_any_reset(3);  // sums of the rewards of the table
    for (std::size_t first = 0; first < table.rows(); first += 3) {
      std::vector<std::int32_t> actions;
      std::vector<std::uint8_t> mask;
      for (std::size_t i = 0; i < 3; ++i) {
        actions.push_back(static_cast<std::int32_t>(table(first + i, "action")));
        mask.push_back(table(first + i, "reset_mask") == 1);
      }
      if (actions[0] == -1) {
        env.reset(std::uint64_t{5});
      } else if (actions[0] == -2) {
        env.reset(mask);
        since_any_reset.assign(3, 0.0);
        for (std::size_t i = 0; i < 3; ++i) own[i] = mask[i] != 0 ? 0.0 : own[i];
      } else {
        env.step(actions);
      }
      for (std::size_t i = 0; i < 3; ++i) {
        SCOPED_TRACE("row " + std::to_string(first + i));
        own[i] += table(first + i, "reward");
        since_any_reset[i] += table(first + i, "reward");
        const bool ended = table(first + i, "episode_mask") == 1;
        episodes += ended;
        ASSERT_EQ(env.episode_ended()[i] != 0, ended);
        double sum = table(first + i, "episode_r"), length = table(first + i, "episode_l");
        if (disabled && ended) {
          ASSERT_EQ(sum, since_any_reset[i]);
          unlike += sum != own[i];
          sum = length = own[i];  // CartPole: a reward of 1 per step
        }
        ASSERT_EQ(env.episode_return()[i], sum);
        ASSERT_EQ(static_cast<double>(env.episode_length()[i]), length);
      }
    }
    EXPECT_GT(episodes, 20u);
    EXPECT_EQ(unlike > 10, disabled);
    EXPECT_EQ(static_cast<std::size_t>(env.episode_count()), episodes);
  }
};

PAVLOV_ON_PARITY_DATA(EpisodeColumns);

TEST_P(EpisodeColumns, NextStep) { expect_recorded_run("next_step"); }
TEST_P(EpisodeColumns, SameStep) { expect_recorded_run("same_step"); }
TEST_P(EpisodeColumns, Disabled) { expect_recorded_run("disabled"); }

std::unique_ptr<VecEnv> walks(std::size_t n, AutoresetMode mode) {
  return make_vec([] { return std::make_unique<Walk>(); }, {.num_envs = n, .autoreset_mode = mode});
}

std::vector<std::int32_t> random_actions(kernels::Pcg64& random, std::size_t n) {
  std::vector<std::int32_t> actions(n);
  for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
  return actions;
}

struct Episode {
  double sum = 0;
  std::int64_t steps = 0;
  bool operator==(const Episode&) const = default;
};

// The twin adds up what each environment shows, and skips by hand the steps that only reset.
TEST(RecordEpisodeStatistics, EqualsSumsByHandInEveryMode) {
  constexpr std::size_t kEnvs = 70;
  for (const AutoresetMode mode : kModes) {
    SCOPED_TRACE(to_string(mode));
    RecordEpisodeStatistics env(walks(kEnvs, mode), {.buffer_length = 37});
    kernels::Pcg64 random(4);
    std::vector<Episode> running(kEnvs), all;
    std::vector<std::uint8_t> over(kEnvs, 0);
    env.reset(std::uint64_t{9});
    for (int t = 0; t < 300; ++t) {
      if (mode == AutoresetMode::disabled && std::ranges::count(over, 1) > 0) {
        env.reset(std::span<const std::uint8_t>(over));
        over.assign(kEnvs, 0);
      }
      const StepView step = env.step(random_actions(random, kEnvs));
      for (std::size_t i = 0; i < kEnvs; ++i) {
        Episode shown;
        if (over[i] != 0 && mode == AutoresetMode::next_step) {
          over[i] = 0;
        } else {
          running[i].sum += step.reward[i];
          ++running[i].steps;
          over[i] = step.terminated[i] | step.truncated[i];
          if (over[i] != 0) {
            shown = running[i];
            all.push_back(shown);
            running[i] = {};
          }
          if (mode == AutoresetMode::same_step) over[i] = 0;
        }
        ASSERT_EQ((Episode{env.episode_return()[i], env.episode_length()[i]}), shown);
        ASSERT_EQ(env.episode_ended()[i], shown.steps > 0);
      }
    }
    ASSERT_GT(all.size(), 500u);
    EXPECT_EQ(env.episode_count(), static_cast<std::int64_t>(all.size()));
    const std::vector<double> returns = env.return_queue();
    const std::vector<std::int64_t> lengths = env.length_queue();
    ASSERT_EQ(returns.size(), 37u);
    ASSERT_EQ(env.time_queue().size(), 37u);
    for (std::size_t k = 0; k < 37; ++k) {
      EXPECT_EQ((Episode{returns[k], lengths[k]}), all[all.size() - 37 + k]);
    }
  }
}

// Rewards 1, 2, 3, ... and an end at steps 3 and 4 of a stream of two environments.
std::unique_ptr<VecEnv> counting_stream(AutoresetMode mode) {
  std::vector<StreamStep> steps;
  for (int t = 0; t < 12; ++t) {
    const auto ends = [&](int at) { return static_cast<std::uint8_t>(t == at); };
    steps.push_back({{0, 0}, {static_cast<double>(t), 10.0 * t}, {ends(3), 0}, {0, ends(4)}, {}});
  }
  return std::make_unique<StreamEnv>(steps, 2, mode);
}

TEST(RecordEpisodeStatistics, TimesAreRoundedToMicroseconds) {
  double now = 100;
  RecordEpisodeStatistics env(counting_stream(AutoresetMode::next_step),
                              {.clock = [&] { return now; }});
  env.reset();
  for (int t = 1; t <= 4; ++t) {
    now += 1.23456789;
    env.step(no_actions(2));
    EXPECT_EQ(env.episode_time()[0], t == 3 ? 3.703704 : 0.0);
    EXPECT_EQ(env.episode_time()[1], t == 4 ? 4.938272 : 0.0);
  }
  EXPECT_EQ(env.time_queue(), (std::vector<double>{3.703704, 4.938272}));
  EXPECT_EQ(env.return_queue(), (std::vector<double>{6, 100}));
  EXPECT_EQ(env.length_queue(), (std::vector<std::int64_t>{3, 4}));
}

TEST(RecordEpisodeStatistics, MaskedResetBeginsItsRowsAnew) {
  RecordEpisodeStatistics env(counting_stream(AutoresetMode::next_step));
  env.reset();
  env.step(no_actions(2));                     // rewards 1, 10
  env.reset(std::vector<std::uint8_t>{1, 0});  // moves the stream on
  env.step(no_actions(2));                     // 3, 30: the end of environment 0
  EXPECT_EQ(env.episode_return()[0], 3.0);
  EXPECT_EQ(env.episode_length()[0], 1);
  env.step(no_actions(2));  // 40: the end of environment 1
  EXPECT_EQ(env.episode_return()[1], 80.0);
  EXPECT_EQ(env.episode_return()[0], 0.0);
  env.reset();
  EXPECT_EQ(env.episode_return()[1], 0.0);
  EXPECT_EQ(env.episode_count(), 2);
}

// Its own part of an archive is the same after steps in which every environment rests.
TEST(RecordEpisodeStatistics, RestingRowsCountNothing) {
  RecordEpisodeStatistics env(walks(9, AutoresetMode::disabled));
  const auto own_part = [&] {
    std::vector<std::byte> bytes = state_of(env);
    bytes.resize(bytes.size() - state_of(env.inner()).size());
    return bytes;
  };
  kernels::Pcg64 random(4);
  env.reset(std::uint64_t{9});
  for (int t = 0; t < 1000; ++t) env.step_running(random_actions(random, 9));
  ASSERT_EQ(env.episode_count(), 9);
  const std::vector<std::byte> before = own_part();
  for (int t = 0; t < 3; ++t) env.step_running(random_actions(random, 9));
  EXPECT_EQ(own_part(), before);
}

TEST(RecordEpisodeStatistics, GoesOnAfterLoadWithoutTimes) {
  for (const AutoresetMode mode : {AutoresetMode::next_step, AutoresetMode::same_step}) {
    double now = 0;
    const RecordEpisodeStatisticsConfig config = {.buffer_length = 5,
                                                  .clock = [&] { return now += 1; }};
    RecordEpisodeStatistics env(walks(9, mode), config), other(walks(9, mode), config);
    kernels::Pcg64 random(4);
    env.reset(std::uint64_t{2});
    for (int t = 0; t < 50; ++t) env.step(random_actions(random, 9));
    StateWriter out;
    env.save(out);
    StateReader in(out.bytes());
    other.load(in);
    EXPECT_EQ(other.return_queue(), env.return_queue());
    EXPECT_EQ(other.length_queue(), env.length_queue());
    EXPECT_EQ(env.time_queue().size(), 5u);
    EXPECT_EQ(other.time_queue().size(), 0u);
    for (int t = 0; t < 50; ++t) {
      const std::vector<std::int32_t> actions = random_actions(random, 9);
      env.step(actions);
      other.step(actions);
      ASSERT_TRUE(std::ranges::equal(env.episode_return(), other.episode_return()));
      ASSERT_TRUE(std::ranges::equal(env.episode_length(), other.episode_length()));
    }
    EXPECT_EQ(other.return_queue(), env.return_queue());
    EXPECT_EQ(other.episode_count(), env.episode_count());
    EXPECT_EQ(other.time_queue().size(), 5u);
  }
}

// A load that is refused leaves times and buffers as they were, too.
TEST(RecordEpisodeStatistics, RefusedLoadChangesNoTime) {
  double now = 0;
  const auto make_one = [&] {
    return std::make_unique<RecordEpisodeStatistics>(
        counting_stream(AutoresetMode::next_step),
        RecordEpisodeStatisticsConfig{.clock = [&] { return now += 1; }});
  };
  const auto env = make_one(), plain = make_one();
  for (auto* e : {env.get(), plain.get()}) {
    now = 0;
    e->reset();
    for (int t = 1; t <= 3; ++t) e->step(no_actions(2));
  }
  StateWriter out;
  env->save(out);
  StateReader truncated(out.bytes().subspan(0, out.bytes().size() - 1));
  EXPECT_THROW(env->load(truncated), std::runtime_error);
  EXPECT_EQ(env->episode_return()[0], 6.0);
  EXPECT_EQ(env->time_queue(), plain->time_queue());
  for (auto* e : {env.get(), plain.get()}) {
    now = 10;
    e->step(no_actions(2));
  }
  EXPECT_EQ(env->time_queue().size(), 2u);
  EXPECT_EQ(env->time_queue(), plain->time_queue());
}

TEST(RecordEpisodeStatistics, BufferLengthIsChecked) {
  EXPECT_THROW(RecordEpisodeStatistics(walks(1, AutoresetMode::next_step), {.buffer_length = 0}),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::envs
