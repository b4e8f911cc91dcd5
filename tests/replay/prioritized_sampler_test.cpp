#include "pavlov/replay/prioritized_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace pavlov::replay {
namespace {

struct Drawn {
  explicit Drawn(std::size_t batch) : entry(batch), serial(batch), weight(batch) {}
  std::vector<std::uint32_t> entry;
  std::vector<std::uint64_t> serial;
  std::vector<float> weight;
};

Drawn draw(PrioritizedSampler& sampler, std::size_t batch, double beta = 0.4,
           std::uint64_t seed = 1) {
  kernels::RandomStream random(seed, "draw");
  Drawn drawn(batch);
  sampler.sample(random, beta, drawn.entry, drawn.serial, drawn.weight);
  return drawn;
}

// Reports priorities of the entries with these serial numbers.
void report(PrioritizedSampler& sampler, std::vector<std::uint64_t> serial,
            std::vector<float> priority) {
  sampler.update(serial, priority);
}

// A ring of `entries`, all present; entry i has priority i^2 / 10, so entry 0 only epsilon.
PrioritizedSampler squares(const PriorityConfig& config, std::size_t entries) {
  PrioritizedSampler sampler(config, entries);
  sampler.add(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    report(sampler, {i}, {static_cast<float>(i * i) / 10.0f});
  }
  return sampler;
}

double mass_of(const PriorityConfig& config, std::size_t i) {
  const auto priority = static_cast<double>(static_cast<float>(i * i) / 10.0f);
  return std::pow(priority + config.priority_epsilon, config.alpha);
}

TEST(PrioritizedSampler, DrawsInProportionToPriorities) {
  constexpr std::size_t kEntries = 30, kBatch = 64, kBatches = 2000;
  for (const Draws draws : {Draws::stratified, Draws::independent}) {
    for (const double alpha : {0.6, 1.0}) {
      const PriorityConfig config = {.alpha = alpha, .priority_epsilon = 0.01, .draws = draws};
      PrioritizedSampler sampler = squares(config, kEntries);
      kernels::RandomStream random(3, "draw");
      Drawn drawn(kBatch);
      std::vector<double> count(kEntries);
      for (std::size_t k = 0; k < kBatches; ++k) {
        sampler.sample(random, 0.4, drawn.entry, drawn.serial, drawn.weight);
        for (const std::uint32_t e : drawn.entry) ++count[e];
      }
      double total = 0.0, chi_square = 0.0;
      for (std::size_t i = 0; i < kEntries; ++i) total += mass_of(config, i);
      for (std::size_t i = 0; i < kEntries; ++i) {
        const double expected = kBatch * kBatches * mass_of(config, i) / total;
        chi_square += (count[i] - expected) * (count[i] - expected) / expected;
      }
      // 99.9 % quantile at 29 degrees of freedom; stratified draws vary less.
      EXPECT_LT(chi_square, 58.3) << alpha;
    }
  }
}

TEST(PrioritizedSampler, StratifiedDrawsOnceFromEachPartOfEqualMass) {
  PrioritizedSampler sampler({}, 64);
  sampler.add(64);  // equal masses: 16 draws come from 16 runs of four entries
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Drawn drawn = draw(sampler, 16, 0.4, seed);
    for (std::size_t b = 0; b < 16; ++b) EXPECT_EQ(drawn.entry[b] / 4, b);
  }
}

TEST(PrioritizedSampler, WeightsFollowTheFormula) {
  constexpr std::size_t kEntries = 30, kBatch = 32;
  for (const WeightNorm norm : {WeightNorm::batch_max, WeightNorm::global_min}) {
    const PriorityConfig config = {.priority_epsilon = 0.01, .weight_norm = norm};
    PrioritizedSampler sampler = squares(config, kEntries);
    double total = 0.0;
    for (std::size_t i = 0; i < kEntries; ++i) total += mass_of(config, i);
    for (const double beta : {0.0, 0.4, 1.0}) {
      const Drawn drawn = draw(sampler, kBatch, beta);
      const auto raw = [&](std::size_t i) {
        return std::pow(kEntries * mass_of(config, i) / total, -beta);
      };
      double largest = norm == WeightNorm::global_min ? raw(0) : 0.0;
      if (norm == WeightNorm::batch_max) {
        for (const std::uint32_t e : drawn.entry) largest = std::max(largest, raw(e));
      }
      for (std::size_t b = 0; b < kBatch; ++b) {
        EXPECT_NEAR(static_cast<double>(drawn.weight[b]), raw(drawn.entry[b]) / largest, 1e-6);
      }
    }
  }
  PrioritizedSampler sampler({}, 10);
  EXPECT_DOUBLE_EQ(sampler.beta(0.0), 0.4);
  EXPECT_DOUBLE_EQ(sampler.beta(0.5), 0.7);
  EXPECT_DOUBLE_EQ(sampler.beta(1.0), 1.0);
  EXPECT_DOUBLE_EQ(sampler.beta(1.1), 1.0);
}

// The least likely entry sets global_min also after it has been overwritten.
TEST(PrioritizedSampler, GlobalMinimumForgetsWhatIsOverwritten) {
  PrioritizedSampler sampler({.alpha = 1.0, .weight_norm = WeightNorm::global_min}, 4);
  sampler.add(4);
  report(sampler, {0, 1, 2, 3}, {0.001f, 4.0f, 4.0f, 4.0f});
  for (const float w : draw(sampler, 8, 1.0).weight) EXPECT_NEAR(w, 0.001f / 4.0f, 1e-6f);
  sampler.add(1);  // entry 0 now has priority 4
  for (const float w : draw(sampler, 8, 1.0).weight) EXPECT_NEAR(w, 1.0f, 1e-5f);
}

TEST(PrioritizedSampler, LastReportOfAnEntryStands) {
  PrioritizedSampler sampler({.alpha = 1.0, .priority_epsilon = 0.5}, 8);
  sampler.add(8);
  report(sampler, {2, 5, 2, 2}, {7.0f, 1.0f, 9.0f, 3.0f});
  EXPECT_EQ(sampler.mass(2), 3.5);
  EXPECT_EQ(sampler.mass(5), 1.5);
}

TEST(PrioritizedSampler, ReportsAboutOverwrittenEntriesAreDropped) {
  for (const MaxPriority mode : {MaxPriority::ever, MaxPriority::in_buffer, MaxPriority::decayed}) {
    PrioritizedSampler sampler(
        {.alpha = 1.0, .priority_epsilon = 0.5, .max_priority = mode, .max_priority_decay = 1.0},
        4);
    sampler.add(4);
    const Drawn before = draw(sampler, 4);  // one of each
    sampler.add(4);
    sampler.add(2);  // entries 0 and 1 twice, 2 and 3 once
    report(sampler, before.serial, {100.0f, 100.0f, 100.0f, 100.0f});
    EXPECT_EQ(sampler.new_priority(), 1.0);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sampler.mass(i), 1.0) << i;
    const Drawn now = draw(sampler, 4);
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_EQ(now.serial[b], b < 2 ? 8 + b : 4 + b);
      EXPECT_EQ(now.serial[b] % 4, now.entry[b]);
    }
    sampler.add(1);  // over entry 2 alone
    report(sampler, now.serial, {3.0f, 4.0f, 100.0f, 5.0f});
    EXPECT_EQ(sampler.mass(0), 3.5);
    EXPECT_EQ(sampler.mass(1), 4.5);
    EXPECT_EQ(sampler.mass(2), 1.0);
    EXPECT_EQ(sampler.mass(3), 5.5);
  }
}

TEST(PrioritizedSampler, NewEntriesGetTheLargestPriorityOnceRaised) {
  const PriorityConfig config = {.alpha = 0.5, .priority_epsilon = 0.25};
  PrioritizedSampler sampler(config, 8);
  sampler.add(2);
  EXPECT_EQ(sampler.mass(1), 1.0);  // before any report
  report(sampler, {0, 1}, {0.75f, 15.75f});
  EXPECT_EQ(sampler.new_priority(), 16.0);
  for (int k = 0; k < 5; ++k) {
    sampler.add(1);  // were the largest kept after the exponent, it would be raised again and again
    EXPECT_EQ(sampler.mass(2 + k), 4.0);
  }
}

TEST(PrioritizedSampler, FirstReportReplacesTheInitialPriority) {
  for (const MaxPriority mode : {MaxPriority::ever, MaxPriority::in_buffer, MaxPriority::decayed}) {
    PrioritizedSampler sampler({.priority_epsilon = 0.125, .max_priority = mode}, 8);
    sampler.add(3);
    report(sampler, {1}, {0.125f});
    EXPECT_EQ(sampler.new_priority(), 0.25);
  }
}

TEST(PrioritizedSampler, LargestPriorityEverInBufferOrDecayed) {
  const auto play = [](MaxPriority mode) {
    PrioritizedSampler sampler(
        {.alpha = 1.0, .priority_epsilon = 0.5, .max_priority = mode, .max_priority_decay = 0.5},
        4);
    std::vector<double> largest;
    const auto look = [&] { largest.push_back(sampler.new_priority()); };
    sampler.add(4);
    report(sampler, {0, 1}, {63.5f, 7.5f}), look();
    report(sampler, {0}, {0.5f}), look();  // the outlier is corrected
    sampler.add(2), look();                // and both reported entries are overwritten
    report(sampler, {2}, {1.5f}), look();
    return largest;
  };
  EXPECT_EQ(play(MaxPriority::ever), (std::vector<double>{64, 64, 64, 64}));
  EXPECT_EQ(play(MaxPriority::in_buffer), (std::vector<double>{64, 8, 1, 2}));
  EXPECT_EQ(play(MaxPriority::decayed), (std::vector<double>{64, 32, 32, 16}));
}

TEST(PrioritizedSampler, NewestEntryCanBeDrawn) {
  PrioritizedSampler sampler({}, 100);
  sampler.add(1);
  EXPECT_EQ(draw(sampler, 1).entry[0], 0u);
  sampler.add(1);
  bool seen = false;
  for (const std::uint32_t e : draw(sampler, 64).entry) {
    EXPECT_LT(e, 2u);
    seen = seen || e == 1;
  }
  EXPECT_TRUE(seen);
}

TEST(PrioritizedSampler, BadValuesAreNamed) {
  const auto message = [](const PriorityConfig& config) {
    try {
      PrioritizedSampler(config, 4);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({}), "");
  EXPECT_EQ(message({.alpha = 1.5}), "[replay] alpha 1.5: must be in [0, 1]");
  EXPECT_EQ(message({.beta = -0.1}), "[replay] beta -0.1: must be in [0, 1]");
  EXPECT_EQ(message({.beta_final = 2}), "[replay] beta_final 2: must be in [0, 1]");
  EXPECT_EQ(message({.priority_epsilon = 0}), "[replay] priority_epsilon 0: must be in [1e-30, 1]");
  EXPECT_EQ(message({.max_priority_decay = 1.01}),
            "[replay] max_priority_decay 1.01: must be in [0, 1]");
  EXPECT_NE(message({.alpha = std::numeric_limits<double>::quiet_NaN()}), "");

  PrioritizedSampler sampler({}, 4);
  EXPECT_THROW(draw(sampler, 4), std::invalid_argument);  // empty
  EXPECT_THROW(sampler.add(5), std::invalid_argument);
  sampler.add(4);
  for (const float bad :
       {-1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_THROW(report(sampler, {0, 1}, {5.0f, bad}), std::invalid_argument) << bad;
  }
  EXPECT_THROW(report(sampler, {0, 4}, {5.0f, 5.0f}), std::invalid_argument);  // not yet there
  EXPECT_THROW(report(sampler, {0}, {5.0f, 5.0f}), std::invalid_argument);
  EXPECT_EQ(sampler.mass(0), 1.0);
  EXPECT_EQ(sampler.new_priority(), 1.0);
}

}  // namespace
}  // namespace pavlov::replay
