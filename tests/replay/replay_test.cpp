#include "pavlov/replay/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/replay/episodes.h"

namespace pavlov::replay {
namespace {

constexpr std::size_t kEnvs = 3, kBatch = 16;
constexpr double kGamma = 0.9;

// |delta| as an agent may write it: some function of what it saw.
void write_priorities(ReplayBatch& batch) {
  for (std::size_t b = 0; b < batch.size(); ++b) {
    batch.priority[b] = std::abs(batch.reward[b] - batch.observation.matrix()(b, 0) * 0.01f);
  }
}

// All of a batch, for comparisons bit by bit.
std::vector<std::byte> bytes_of(const ReplayBatch& batch) {
  kernels::StateWriter out;
  out.put(batch.observation.span());
  out.put(batch.next_observation.span());
  out.put(std::span<const std::int32_t>(batch.action));
  out.put(std::span<const float>(batch.reward));
  out.put(std::span<const float>(batch.discount));
  out.put(std::span<const std::uint32_t>(batch.index));
  out.put(std::span<const float>(batch.weight));
  return {out.bytes().begin(), out.bytes().end()};
}

// A step of every environment, and an update after it.
void play(Replay& replay, Episodes& episodes, ReplayBatch& batch, double progress) {
  const Step step = episodes.step();
  replay.add(step);
  episodes.completed(1, kGamma);
  if (replay.size() == 0) return;
  replay.sample(progress, batch);
  write_priorities(batch);
  replay.update(batch);
}

std::vector<ReplayConfig> all_kinds() {
  std::vector<ReplayConfig> kinds;
  for (const std::size_t n_step : {1u, 3u}) {
    for (const ObservationType type : {ObservationType::float32, ObservationType::uint8}) {
      kinds.push_back({.buffer_size = 37, .observation_type = type, .n_step = n_step});
      kinds.push_back(kinds.back());
      kinds.back().prioritized = true;
    }
    for (const MaxPriority mode : {MaxPriority::in_buffer, MaxPriority::decayed}) {
      kinds.push_back({.buffer_size = 37,
                       .n_step = n_step,
                       .prioritized = true,
                       .priority = {.draws = Draws::independent,
                                    .max_priority = mode,
                                    .weight_norm = WeightNorm::global_min}});
    }
  }
  return kinds;
}

// The ring holds the newest transitions and no others, wherever its seam is.
TEST(Replay, HoldsTheNewestTransitionsOfTheDefinition) {
  for (const std::size_t n : {1u, 2u, 5u}) {
    constexpr std::size_t kCapacity = 29;
    Replay replay({.buffer_size = kCapacity, .n_step = n}, Episodes::kWidth);
    replay.start(kEnvs, kGamma, 1);
    Episodes episodes(short_episodes(), kEnvs);
    std::vector<Episodes::Expected> all;
    for (int k = 0; k < 60; ++k) {
      replay.add(episodes.step());
      std::ranges::copy(episodes.completed(n, kGamma), std::back_inserter(all));
      ASSERT_EQ(replay.size(), std::min(all.size(), kCapacity));
      if (replay.size() == 0) continue;
      ReplayBatch batch(replay.size(), Episodes::kWidth);
      for (std::size_t b = 0; b < batch.size(); ++b) {
        const std::size_t number = all.size() - replay.size() + b;
        batch.index[b] = static_cast<std::uint32_t>(number % kCapacity);
      }
      replay.buffer().gather(batch);
      for (std::size_t b = 0; b < batch.size(); ++b) {
        const Episodes::Expected& e = all[all.size() - replay.size() + b];
        ASSERT_EQ(batch.observation.matrix()(b, 0), e.observation);
        ASSERT_EQ(batch.next_observation.matrix()(b, 0), e.next);
        ASSERT_EQ(batch.action[b], e.action);
        ASSERT_FLOAT_EQ(batch.reward[b], static_cast<float>(e.reward));
        ASSERT_FLOAT_EQ(batch.discount[b], e.discount);
      }
    }
  }
}

TEST(Replay, PrioritizedBatchesFollowWhatTheAgentWrites) {
  Replay replay({.buffer_size = 64, .prioritized = true, .priority = {.alpha = 1.0}},
                Episodes::kWidth);
  replay.start(kEnvs, kGamma, 1);
  Episodes episodes(short_episodes(), kEnvs);
  ReplayBatch batch(64, Episodes::kWidth);
  for (int k = 0; k < 30; ++k) {
    replay.add(episodes.step());
    episodes.completed(1, kGamma);
  }
  for (int update = 0; update < 20; ++update) {
    replay.sample(0.0, batch);
    for (std::size_t b = 0; b < batch.size(); ++b) {
      batch.priority[b] = batch.index[b] == 17 ? 10.0f : 1e-3f;
    }
    replay.update(batch);
  }
  replay.sample(1.0, batch);
  std::size_t hits = 0;
  for (std::size_t b = 0; b < batch.size(); ++b) {
    if (batch.index[b] == 17) {
      ++hits;
      EXPECT_NEAR(batch.weight[b], 1e-4f, 1e-5f);  // beta is 1 at the end of a run
    } else {
      EXPECT_NEAR(batch.weight[b], 1.0f, 1e-3f);
    }
  }
  EXPECT_GT(hits, 55u);
}

TEST(Replay, UniformBatchesHaveWeightOneAndIgnorePriorities) {
  Replay replay({.buffer_size = 64}, Episodes::kWidth);
  replay.start(kEnvs, kGamma, 1);
  Episodes episodes(short_episodes(), kEnvs);
  ReplayBatch batch(kBatch, Episodes::kWidth);
  kernels::RandomStream random(1, "replay");
  for (int k = 0; k < 50; ++k) {
    play(replay, episodes, batch, 0.5);
    for (const float w : batch.weight) EXPECT_EQ(w, 1.0f);
    for (const std::uint32_t i : batch.index) {
      EXPECT_EQ(i, random.below(static_cast<std::uint32_t>(replay.size())));
    }
    std::ranges::fill(batch.weight, 7.0f);
  }
}

TEST(Replay, ForgottenPrioritiesAreAnError) {
  Replay replay({.buffer_size = 64, .prioritized = true}, Episodes::kWidth);
  replay.start(kEnvs, kGamma, 1);
  Episodes episodes(short_episodes(), kEnvs);
  replay.add(episodes.step());
  ReplayBatch batch(kBatch, Episodes::kWidth);
  replay.sample(0.0, batch);
  EXPECT_THROW(replay.update(batch), std::invalid_argument);
}

TEST(Replay, ARestoredReplayContinuesBitForBit) {
  for (const ReplayConfig& config : all_kinds()) {
    for (const int before : {0, 1, 7, 40}) {  // before any window closes; in the middle; wrapped
      SCOPED_TRACE(::testing::Message() << "n_step " << config.n_step << ", prioritized "
                                        << config.prioritized << ", step " << before);
      Replay replay(config, Episodes::kWidth);
      replay.start(kEnvs, kGamma, 5);
      Episodes episodes(short_episodes(), kEnvs);
      ReplayBatch batch(kBatch, Episodes::kWidth);
      for (int k = 0; k < before; ++k) play(replay, episodes, batch, 0.01 * k);
      kernels::StateWriter out;
      replay.save(out);
      Replay restored(config, Episodes::kWidth);
      kernels::StateReader in(out.bytes(), "replay");
      restored.load(in);
      EXPECT_EQ(in.remaining(), 0u);
      Episodes same = episodes;
      ReplayBatch other(kBatch, Episodes::kWidth);
      for (int k = before; k < before + 30; ++k) {
        play(replay, episodes, batch, 0.01 * k);
        play(restored, same, other, 0.01 * k);
        ASSERT_EQ(bytes_of(batch), bytes_of(other)) << k;
      }
      kernels::StateWriter first, second;
      replay.save(first);
      restored.save(second);
      EXPECT_TRUE(std::ranges::equal(first.bytes(), second.bytes()));
    }
  }
}

TEST(Replay, DamagedStatesAreRefusedAndChangeNothing) {
  const ReplayConfig config = {.buffer_size = 20,
                               .n_step = 3,
                               .prioritized = true,
                               .priority = {.max_priority = MaxPriority::in_buffer}};
  Replay replay(config, Episodes::kWidth);
  replay.start(kEnvs, kGamma, 5);
  Episodes episodes(short_episodes(), kEnvs);
  ReplayBatch batch(kBatch, Episodes::kWidth);
  for (int k = 0; k < 30; ++k) play(replay, episodes, batch, 0.0);
  kernels::StateWriter out;
  replay.save(out);
  const std::vector<std::byte> whole(out.bytes().begin(), out.bytes().end());
  const auto expect_refused = [&](std::span<const std::byte> bytes) {
    kernels::StateReader in(bytes, "replay");
    EXPECT_THROW(replay.load(in), std::runtime_error);
    kernels::StateWriter after;
    replay.save(after);
    ASSERT_TRUE(std::ranges::equal(after.bytes(), whole));
  };
  for (std::size_t length = 0; length < whole.size(); length += 3) {
    expect_refused(std::span(whole).first(length));
  }
  // Wherever 0xff lands, the state is refused, or it is another valid one; never a crash.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> hostile = whole;
    std::fill_n(hostile.begin() + static_cast<std::ptrdiff_t>(at),
                std::min<std::size_t>(8, whole.size() - at), std::byte{0xff});
    Replay victim(config, Episodes::kWidth);
    kernels::StateReader in(hostile, "replay");
    try {
      victim.load(in);
      victim.sample(0.5, batch);
    } catch (const std::runtime_error&) {
    }
  }
  for (const ReplayConfig& other :
       {ReplayConfig{.buffer_size = 21, .n_step = 3}, ReplayConfig{.buffer_size = 20},
        ReplayConfig{.buffer_size = 20, .n_step = 3}}) {
    Replay foreign(other, Episodes::kWidth);
    kernels::StateReader in(whole, "replay");
    EXPECT_THROW(foreign.load(in), std::runtime_error);
  }
  Replay wider(config, Episodes::kWidth + 1);
  kernels::StateReader in(whole, "replay");
  EXPECT_THROW(wider.load(in), std::runtime_error);
}

TEST(Replay, StartForgetsOpenWindowsAndKeepsTheRest) {
  Replay replay({.buffer_size = 50, .n_step = 5}, Episodes::kWidth);
  replay.start(kEnvs, kGamma, 1);
  Episodes first({{100, End::terminated}}, kEnvs);
  for (int k = 0; k < 7; ++k) {
    replay.add(first.step());
    first.completed(5, kGamma);
  }
  EXPECT_EQ(replay.size(), 9u);
  replay.start(kEnvs, kGamma, 1);
  Episodes second({{100, End::terminated}}, kEnvs);
  for (int k = 0; k < 4; ++k) {
    replay.add(second.step());
    second.completed(5, kGamma);
  }
  EXPECT_EQ(replay.size(), 9u);
}

TEST(Replay, BadCallsAreNamed) {
  const auto message = [](const ReplayConfig& config, std::size_t envs = kEnvs) {
    try {
      Replay(config, Episodes::kWidth).start(envs, kGamma, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({.buffer_size = 3}), "");
  EXPECT_EQ(message({.buffer_size = 0}), "[replay] buffer_size 0: must be in [1, 2^31]");
  EXPECT_EQ(message({.n_step = 0}), "[replay] n_step 0: must be in [1, 65536]");
  EXPECT_EQ(message({.priority = {.alpha = -1.0}}), "[replay] alpha -1: must be in [0, 1]");
  EXPECT_EQ(message({.buffer_size = 8, .n_step = 3}),
            "[replay] buffer_size 8: must be at least n_step=3 times the 3 environments");
  EXPECT_NE(message({.buffer_size = 8}, 0), "");

  for (const bool prioritized : {false, true}) {
    Replay replay({.buffer_size = 8, .prioritized = prioritized}, Episodes::kWidth);
    Episodes episodes(short_episodes(), kEnvs);
    const Step step = episodes.step();
    EXPECT_THROW(replay.add(step), std::invalid_argument);  // not started
    replay.start(kEnvs, kGamma, 1);
    ReplayBatch batch(kBatch, Episodes::kWidth);
    EXPECT_THROW(replay.sample(0.0, batch), std::invalid_argument);  // empty
    replay.add(step);
    ReplayBatch wide(kBatch, Episodes::kWidth + 1);
    EXPECT_THROW(replay.sample(0.0, wide), std::invalid_argument);
  }
}

}  // namespace
}  // namespace pavlov::replay
