// LunarLander against thousands of recorded episodes: the same episodes from the same seeds, the
// same distributions from other seeds, and a battery of tests that is sharp enough to tell another
// physics engine from Gymnasium's.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "pavlov/envs/lunar_lander/box2d_engine.h"
#include "pavlov/tests/envs/lunar_lander/lander_episodes.h"
#include "pavlov/tests/envs/lunar_lander/statistics.h"

namespace pavlov::envs::lunar_lander {
namespace {

constexpr const char* kSettings[] = {
    "heuristic_discrete",       "random_discrete", "heuristic_continuous",
    "random_continuous",        "noop_discrete",   "heuristic_discrete_wind",
    "heuristic_continuous_wind"};

// ---- the same seeds ----

void expect_same_episodes(const std::string& folder, const char* setting) {
  SCOPED_TRACE(setting);
  const std::vector<EpisodeSummary> expected = load_summaries(folder, setting);
  const auto first_seed = static_cast<std::uint64_t>(expected[0].seed);
  const std::vector<EpisodeSummary> got =
      play_episodes(parse_setting(setting), make_exact_engine, first_seed, expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const EpisodeSummary &a = got[i], &b = expected[i];
    SCOPED_TRACE("seed " + std::to_string(first_seed + i));
    ASSERT_EQ(a.seed, b.seed);
    ASSERT_EQ(a.length, b.length);
    ASSERT_EQ(a.total, b.total);
    ASSERT_EQ(a.ending, b.ending);
    ASSERT_EQ(a.first_contact_step, b.first_contact_step);
    ASSERT_EQ(a.contact_to_end, b.contact_to_end);
    ASSERT_EQ(std::isnan(a.reward_sample), std::isnan(b.reward_sample));
    if (!std::isnan(b.reward_sample)) {
      ASSERT_EQ(a.reward_sample, b.reward_sample);
    }
    ASSERT_EQ(a.final_x, b.final_x);
    ASSERT_EQ(a.final_y, b.final_y);
    ASSERT_EQ(a.final_angle, b.final_angle);
  }
}

TEST(LanderSamples, SameSeedsSameEpisodes) {
  for (const char* setting : kSettings) expect_same_episodes(parity_folder("extract"), setting);
}

class LanderEverySample : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = parity_folder("whole");
    if (!has_lander(folder_, "random_discrete")) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
    }
  }
  std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(Slow, LanderEverySample, ::testing::ValuesIn(kSettings),
                         [](const auto& setting) { return std::string(setting.param); });

TEST_P(LanderEverySample, SameSeedsSameEpisodes) { expect_same_episodes(folder_, GetParam()); }

// ---- other seeds: a battery of two-sample tests ----

struct Verdict {
  std::string name;  // "random_discrete return"
  TestResult result;
};

using Column = double EpisodeSummary::*;

std::vector<double> column(const std::vector<EpisodeSummary>& episodes, Column member,
                           bool landed_only = false) {
  std::vector<double> values;
  for (const EpisodeSummary& e : episodes) {
    if (landed_only && e.ending != static_cast<double>(Ending::land)) continue;
    if (!std::isnan(e.*member)) values.push_back(e.*member);
  }
  return values;
}

std::array<std::size_t, 4> endings(const std::vector<EpisodeSummary>& episodes) {
  std::array<std::size_t, 4> counts{};
  for (const EpisodeSummary& e : episodes) ++counts[static_cast<std::size_t>(e.ending)];
  return counts;
}

std::vector<Verdict> compare(const std::string& setting, const std::vector<EpisodeSummary>& ours,
                             const std::vector<EpisodeSummary>& reference) {
  std::vector<Verdict> verdicts;
  const auto distance = [&](const char* name, Column member, bool landed_only) {
    const std::vector<double> a = column(ours, member, landed_only);
    const std::vector<double> b = column(reference, member, landed_only);
    if (a.size() < 100 || b.size() < 100) return;  // nobody lands without trying
    verdicts.push_back({setting + " " + name, kolmogorov_smirnov(a, b)});
  };
  distance("return", &EpisodeSummary::total, false);
  distance("length", &EpisodeSummary::length, false);
  distance("step reward", &EpisodeSummary::reward_sample, false);
  distance("contact to end", &EpisodeSummary::contact_to_end, true);
  verdicts.push_back({setting + " endings", chi_square(endings(ours), endings(reference))});
  return verdicts;
}

// Means and tails, where the samples are large enough to say something.
void expect_close(const std::string& setting, const std::vector<EpisodeSummary>& ours,
                  const std::vector<EpisodeSummary>& reference) {
  SCOPED_TRACE(setting);
  const std::vector<double> a = column(ours, &EpisodeSummary::total);
  std::vector<double> b = column(reference, &EpisodeSummary::total);
  if (setting.find("wind") == std::string::npos) {
    const double bound = setting == "heuristic_continuous" ? 1.5 : 6.0;
    const Interval interval = mean_difference(a, b);
    EXPECT_GT(interval.low, -bound);
    EXPECT_LT(interval.high, bound);
  }
  std::sort(b.begin(), b.end());
  for (const double share : {0.05, 0.95}) {
    const double quantile = b[static_cast<std::size_t>(share * static_cast<double>(b.size()))];
    const auto below = std::count_if(a.begin(), a.end(), [&](double v) { return v < quantile; });
    const double got = static_cast<double>(below) / static_cast<double>(a.size());
    const Interval interval = quantile_share(share, a.size(), b.size());
    EXPECT_GT(got, interval.low) << share;
    EXPECT_LT(got, interval.high) << share;
  }
}

void print_facts(const char* name, const std::vector<EpisodeSummary>& episodes) {
  const auto mean = [&](Column member) {
    double sum = 0.0;
    for (const EpisodeSummary& e : episodes) sum += e.*member;
    return sum / static_cast<double>(episodes.size());
  };
  const auto counts = endings(episodes);
  std::printf("%-40s return %8.2f, length %7.2f, land %zu, crash %zu, out %zu, time limit %zu\n",
              name, mean(&EpisodeSummary::total), mean(&EpisodeSummary::length), counts[0],
              counts[1], counts[2], counts[3]);
}

std::vector<double> adjusted_p(const std::vector<Verdict>& verdicts) {
  std::vector<double> p;
  for (const Verdict& verdict : verdicts) p.push_back(verdict.result.p);
  return holm(p);
}

// Three samples, each as large as the recorded one and each put to all tests; means and tails of
// the three together, because a mean of 10000 random episodes is no more exact than the bound is
// wide.
TEST(SlowLanderDistribution, OtherSeedsSameDistributions) {
  const std::string folder = parity_folder("whole");
  if (!has_lander(folder, "random_discrete")) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder;
  }
  std::array<std::vector<Verdict>, 3> verdicts;
  for (const char* setting : kSettings) {
    const std::vector<EpisodeSummary> reference = load_summaries(folder, setting);
    std::vector<EpisodeSummary> all;
    for (std::size_t k = 0; k < verdicts.size(); ++k) {
      const std::vector<EpisodeSummary> ours = play_episodes(
          parse_setting(setting), make_exact_engine, 5000000 + 1000000 * k, reference.size());
      for (Verdict& verdict : compare(setting, ours, reference)) verdicts[k].push_back(verdict);
      all.insert(all.end(), ours.begin(), ours.end());
    }
    expect_close(setting, all, reference);
  }
  for (const std::vector<Verdict>& sample : verdicts) {
    const std::vector<double> p = adjusted_p(sample);
    for (std::size_t k = 0; k < p.size(); ++k) {
      EXPECT_GT(p[k], 0.01) << sample[k].name << ", statistic " << sample[k].result.statistic;
    }
  }
}

// The negative control: Box2D 2.4 must not pass.
TEST(SlowLanderDistribution, RejectsBox2d) {
  const std::string folder = parity_folder("whole");
  if (!has_box2d() || !has_lander(folder, "random_discrete")) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no Box2D, or no parity tables in " << folder;
  }
  std::vector<Verdict> verdicts;
  for (const char* setting : {"heuristic_discrete", "random_discrete"}) {
    const std::vector<EpisodeSummary> reference = load_summaries(folder, setting);
    const std::vector<EpisodeSummary> ours =
        play_episodes(parse_setting(setting), make_box2d_engine, 5000000, reference.size());
    print_facts((std::string(setting) + ", Gymnasium").c_str(), reference);
    print_facts((std::string(setting) + ", engine=box2d").c_str(), ours);
    for (Verdict& verdict : compare(setting, ours, reference)) verdicts.push_back(verdict);
  }
  const std::vector<double> p = adjusted_p(verdicts);
  for (std::size_t k = 0; k < p.size(); ++k) {
    std::printf("engine=box2d: %-34s statistic %8.4f, p %.3g\n", verdicts[k].name.c_str(),
                verdicts[k].result.statistic, p[k]);
    if (verdicts[k].name == "heuristic_discrete length") {
      EXPECT_LT(p[k], 1e-6);
    } else if (verdicts[k].name == "random_discrete return") {
      EXPECT_LT(p[k], 0.01);
    }
  }
}

// ---- the tools themselves ----

TEST(ExactSum, RoundsOnce) {
  EXPECT_EQ(exact_sum(std::vector<double>{}), 0.0);
  EXPECT_EQ(exact_sum(std::vector<double>{1e100, 1.0, -1e100}), 1.0);
  EXPECT_EQ(exact_sum(std::vector<double>(10, 0.1)), 1.0);
  // Half way between two doubles, and a little more: away from even.
  EXPECT_EQ(exact_sum(std::vector<double>{1.0, 0x1p-53, 0x1p-110}), 1.0 + 0x1p-52);
  EXPECT_EQ(exact_sum(std::vector<double>{1.0, 0x1p-53}), 1.0);
}

TEST(Statistics, KolmogorovSmirnov) {
  EXPECT_EQ(kolmogorov_smirnov({1, 2, 3, 4}, {1, 2, 3, 4}).statistic, 0.0);
  EXPECT_EQ(kolmogorov_smirnov({1, 2, 3, 4}, {3, 4, 5, 6}).statistic, 0.5);
  EXPECT_EQ(kolmogorov_smirnov({1, 2}, {3, 4}).statistic, 1.0);
  EXPECT_EQ(kolmogorov_smirnov({1, 1, 1, 2}, {1, 2, 2, 2}).statistic, 0.5);
  // 1.63 is the 1 % point of the Kolmogorov distribution: D = 1.63 sqrt(2 / n) gives p = 0.01.
  std::vector<double> a, b;
  for (int i = 0; i < 20000; ++i) a.push_back(i);
  for (const double v : a) b.push_back(v + 326.0);  // D = 326 / 20000 = 1.63 sqrt(2 / 20000)
  EXPECT_NEAR(kolmogorov_smirnov(a, b).p, 0.01, 0.0003);
}

TEST(Statistics, ChiSquare) {
  const std::array<std::size_t, 4> a = {10, 20, 30, 40}, b = {20, 40, 60, 80};
  EXPECT_NEAR(chi_square(a, b).p, 1.0, 1e-12);
  const std::array<std::size_t, 2> c = {40, 60}, d = {60, 40};
  EXPECT_NEAR(chi_square(c, d).statistic, 8.0, 1e-12);
  EXPECT_NEAR(chi_square(c, d).p, 0.004677735, 1e-8);
  const std::array<std::size_t, 4> e = {40, 60, 0, 0}, f = {60, 40, 0, 0};
  EXPECT_NEAR(chi_square(e, f).p, 0.004677735, 1e-8) << "empty categories do not count";
}

TEST(Statistics, Holm) {
  const std::vector<double> p = holm(std::vector<double>{0.01, 0.04, 0.03, 0.5});
  EXPECT_NEAR(p[0], 0.04, 1e-15);
  EXPECT_NEAR(p[2], 0.09, 1e-15);
  EXPECT_NEAR(p[1], 0.09, 1e-15);
  EXPECT_NEAR(p[3], 0.5, 1e-15);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
