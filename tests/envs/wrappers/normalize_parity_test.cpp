// NormalizeObservation and NormalizeReward against recorded runs of Gymnasium's wrappers on fixed
// streams. With float32 statistics (and float64 for the reward of one environment) every number has
// the bits of the table; with float64 statistics observations differ by what float32 has lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/normalize_reward.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

constexpr auto kFloat32 = StatisticsPrecision::float32;
constexpr auto kFloat64 = StatisticsPrecision::float64;

std::vector<std::string> columns(const std::vector<std::string>& first, const char* last) {
  std::vector<std::string> all = first;
  for (const char* name :
       {"obs0", "obs1", "obs2", "reward", "terminated", "truncated", "norm_obs0", "norm_obs1",
        "norm_obs2", "norm_reward", "obs_mean0", "obs_mean1", "obs_mean2", "obs_var0", "obs_var1",
        "obs_var2", "return_mean", "return_var", last}) {
    all.emplace_back(name);
  }
  return all;
}

std::vector<StreamStep> stream_of(const Table& table, std::size_t envs) {
  std::vector<StreamStep> steps(table.rows() / envs);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    StreamStep& step = steps[row / envs];
    for (const double o : table.span(row, "obs0", 3)) {
      step.observation.push_back(static_cast<float>(o));
    }
    step.reward.push_back(table(row, "reward"));
    step.terminated.push_back(table(row, "terminated") != 0);
    step.truncated.push_back(table(row, "truncated") != 0);
  }
  return steps;
}

// Largest differences from the table, and numbers that do not have its bits.
struct Deviation {
  double observation = 0, reward = 0;
  std::size_t unequal = 0;
};

class NormalizeParity : public OnParityData {
 protected:
  Table single() const {
    return load_doubles(folder_, "wrappers/normalize_single.f64",
                        columns({"is_reset"}, "discounted_return"));
  }
  Table vector(const char* mode) const {
    return load_doubles(folder_, std::string("wrappers/normalize_vector_") + mode + ".f64",
                        columns({"t", "env"}, "accumulated_return"));
  }

  static void note(double got, double expected, double* largest, Deviation* deviation) {
    *largest = std::max(*largest, std::abs(got - expected));
    if (!same_bits(got, expected)) ++deviation->unequal;
  }

  // Every number of the wrapper, its statistics included.
  static Deviation observation_deviation(const Table& table, std::size_t envs, AutoresetMode mode,
                                         StatisticsPrecision statistics) {
    Deviation deviation;
    NormalizeObservation env(std::make_unique<StreamEnv>(stream_of(table, envs), envs, mode),
                             {.statistics = statistics});
    double moments = 0;
    for (std::size_t t = 0; t < table.rows() / envs; ++t) {
      const ConstMatrixView shown = t == 0 ? env.reset() : env.step(no_actions(envs)).observation;
      for (std::size_t i = 0; i < envs; ++i) {
        const std::size_t row = t * envs + i;
        for (std::size_t k = 0; k < 3; ++k) {
          note(double{shown(i, k)}, table.span(row, "norm_obs0", 3)[k], &deviation.observation,
               &deviation);
          note(env.moments().mean[k], table.span(row, "obs_mean0", 3)[k], &moments, &deviation);
          note(env.moments().variance[k], table.span(row, "obs_var0", 3)[k], &moments, &deviation);
        }
      }
    }
    return deviation;
  }

  static Deviation reward_deviation(const Table& table, std::size_t envs, AutoresetMode mode,
                                    StatisticsPrecision statistics, const char* sum) {
    Deviation deviation;
    NormalizeReward env(std::make_unique<StreamEnv>(stream_of(table, envs), envs, mode),
                        {.statistics = statistics});
    double moments = 0;
    env.reset();
    for (std::size_t t = 1; t < table.rows() / envs; ++t) {
      const StepView step = env.step(no_actions(envs));
      for (std::size_t i = 0; i < envs; ++i) {
        const std::size_t row = t * envs + i;
        note(step.reward[i], table(row, "norm_reward"), &deviation.reward, &deviation);
        note(env.moments().mean[0], table(row, "return_mean"), &moments, &deviation);
        note(env.moments().variance[0], table(row, "return_var"), &moments, &deviation);
        note(env.accumulated_reward()[i], table(row, sum), &moments, &deviation);
      }
    }
    return deviation;
  }
};

PAVLOV_ON_PARITY_DATA(NormalizeParity);

TEST_P(NormalizeParity, SingleEnvironmentToTheBit) {
  const Table table = single();
  EXPECT_EQ(observation_deviation(table, 1, AutoresetMode::next_step, kFloat32).unequal, 0u);
  EXPECT_EQ(
      reward_deviation(table, 1, AutoresetMode::next_step, kFloat64, "discounted_return").unequal,
      0u);
}

TEST_P(NormalizeParity, VectorNextStepToTheBit) {
  const Table table = vector("next_step");
  EXPECT_EQ(observation_deviation(table, 4, AutoresetMode::next_step, kFloat32).unequal, 0u);
  EXPECT_EQ(
      reward_deviation(table, 4, AutoresetMode::next_step, kFloat32, "accumulated_return").unequal,
      0u);
}

TEST_P(NormalizeParity, VectorSameStepToTheBit) {
  EXPECT_EQ(reward_deviation(vector("same_step"), 4, AutoresetMode::same_step, kFloat32,
                             "accumulated_return")
                .unequal,
            0u);
}

TEST_P(NormalizeParity, Float64StatisticsAreClose) {
  EXPECT_LT(observation_deviation(single(), 1, AutoresetMode::next_step, kFloat64).observation,
            2e-5);
  for (const AutoresetMode mode : {AutoresetMode::next_step, AutoresetMode::same_step}) {
    const Table table = vector(to_string(mode));
    EXPECT_LT(reward_deviation(table, 4, mode, kFloat64, "accumulated_return").reward, 3e-6);
    if (mode == AutoresetMode::same_step) continue;  // the reference has no observations there
    EXPECT_LT(observation_deviation(table, 4, mode, kFloat64).observation, 2e-5);
  }
}

}  // namespace
}  // namespace pavlov::envs
