// Normalizing wrappers around batches of every size, to the bit, on every SIMD target: row after
// row by the formulas, with statistics that are given the rows one by one. Long batches take
// another way through the code than short ones, and rows that are not stepped than the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/normalize_reward.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/on_every_target.h"
#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs {
namespace {

constexpr AutoresetMode kModes[] = {AutoresetMode::next_step, AutoresetMode::same_step,
                                    AutoresetMode::disabled};
constexpr StatisticsPrecision kPrecisions[] = {StatisticsPrecision::float64,
                                               StatisticsPrecision::float32};

// The same environment twice, bare and wrapped, under the same actions.
class Twins {
 public:
  template <class Wrap>
  Twins(std::size_t n, AutoresetMode mode, const Wrap& wrap)
      : bare_(make_cartpole(n, mode)), wrapped_(wrap(make_cartpole(n, mode))), over_(n, 0) {}

  ConstMatrixView reset() {
    wrapped_start_ = wrapped_->reset(std::uint64_t{3});
    return bare_->reset(std::uint64_t{3});
  }
  ConstMatrixView wrapped_start() const { return wrapped_start_; }

  // A step of both. Which rows it stepped, and which only rest, is known before it.
  void step() {
    stepped_.clear();
    resting_.clear();
    for (std::uint32_t i = 0; i < over_.size(); ++i) {
      if (over_[i] == 0) stepped_.push_back(i);
      if (over_[i] != 0 && mode() == AutoresetMode::disabled) resting_.push_back(i);
    }
    std::vector<std::int32_t> actions(over_.size());
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random_.integers(0, 2));
    const bool rests = mode() == AutoresetMode::disabled;
    bare = rests ? bare_->step_running(actions) : bare_->step(actions);
    wrapped = rests ? wrapped_->step_running(actions) : wrapped_->step(actions);
    for (std::size_t i = 0; i < over_.size(); ++i) {
      const std::uint8_t ends = bare.terminated[i] | bare.truncated[i];
      over_[i] = mode() == AutoresetMode::same_step ? 0 : rests ? over_[i] | ends : ends;
    }
  }
  // Whether every row rests.
  bool all_over() const { return std::ranges::count(over_, 0) == 0; }

  const std::vector<std::uint32_t>& stepped() const { return stepped_; }
  bool rests(std::uint32_t i) const { return std::ranges::count(resting_, i) > 0; }

  StepView bare, wrapped;

 private:
  static std::unique_ptr<VecEnv> make_cartpole(std::size_t n, AutoresetMode mode) {
    return make("CartPole-v1", {.num_envs = n, .autoreset_mode = mode, .max_episode_steps = 19});
  }
  AutoresetMode mode() const { return bare_->autoreset_mode(); }

  std::unique_ptr<VecEnv> bare_, wrapped_;
  ConstMatrixView wrapped_start_;
  std::vector<std::uint8_t> over_;
  std::vector<std::uint32_t> stepped_, resting_;
  kernels::Pcg64 random_{8};
};

// Calls f(n, mode, precision) for all of them, on every target.
template <class F>
void for_each_batch(const F& f) {
  on_every_target([&](bool) {
    for (const std::size_t n : {1, 7, 8, 15, 16, 17, 67}) {
      for (const AutoresetMode mode : kModes) {
        for (const StatisticsPrecision precision : kPrecisions) {
          SCOPED_TRACE(std::to_string(n) + " " + to_string(mode) + " " + to_string(precision));
          f(n, mode, precision);
          if (::testing::Test::HasFatalFailure()) return;
        }
      }
    }
  });
}

template <class Real>
float normalized(float x, const RunningMoments& moments, std::size_t k) {
  const Real centered = static_cast<Real>(x) - static_cast<Real>(moments.mean[k]);
  return static_cast<float>(
      centered / std::sqrt(static_cast<Real>(moments.variance[k]) + static_cast<Real>(1e-8)));
}

void expect_observations(std::size_t n, AutoresetMode mode, StatisticsPrecision precision) {
  NormalizeObservation* wrapper = nullptr;
  Twins twins(n, mode, [&](std::unique_ptr<VecEnv> env) {
    auto made = std::make_unique<NormalizeObservation>(
        std::move(env), NormalizeObservationConfig{.statistics = precision});
    wrapper = made.get();
    return made;
  });
  const auto right = [&](float x, std::size_t k) {
    return precision == StatisticsPrecision::float64 ? normalized<double>(x, wrapper->moments(), k)
                                                     : normalized<float>(x, wrapper->moments(), k);
  };
  std::vector<std::uint32_t> all(n);
  for (std::uint32_t i = 0; i < n; ++i) all[i] = i;
  RunningMeanStd statistics(4, precision);
  const ConstMatrixView start = twins.reset();
  statistics.update(start, all);
  std::vector<float> shown(4 * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      shown[4 * i + k] = right(start(i, k), k);
      ASSERT_TRUE(same_bits(twins.wrapped_start()(i, k), shown[4 * i + k]));
    }
  }
  for (int t = 0; t < 60 && !twins.all_over(); ++t) {
    twins.step();
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t i : all) {
      if (!twins.rests(i)) rows.push_back(i);
    }
    statistics.update(twins.bare.observation, rows);
    ASSERT_EQ(wrapper->moments().mean, statistics.moments().mean);
    ASSERT_EQ(wrapper->moments().variance, statistics.moments().variance);
    for (std::uint32_t i = 0; i < n; ++i) {
      const bool ended = (twins.bare.terminated[i] | twins.bare.truncated[i]) != 0;
      for (std::size_t k = 0; k < 4; ++k) {
        float& expected = shown[4 * i + k];
        if (!twins.rests(i)) expected = right(twins.bare.observation(i, k), k);
        ASSERT_TRUE(same_bits(twins.wrapped.observation(i, k), expected)) << "row " << i;
        if (!ended) continue;
        ASSERT_TRUE(same_bits(twins.wrapped.final_observation(i, k),
                              right(twins.bare.final_observation(i, k), k)))
            << "end of row " << i;
      }
    }
  }
}

TEST(WholeBatch, NormalizesEveryObservation) { for_each_batch(expect_observations); }

// G of Gymnasium's single form in float64, of its vector form in float32.
double discounted(double sum, double reward, bool terminated, StatisticsPrecision precision) {
  const double going_on = terminated ? 0.0 : 1.0;
  if (precision == StatisticsPrecision::float64) return sum * 0.99 * going_on + reward;
  const float product = static_cast<float>(sum) * 0.99f;
  return static_cast<float>(static_cast<double>(product) * going_on + reward);
}

void expect_rewards(std::size_t n, AutoresetMode mode, StatisticsPrecision precision) {
  NormalizeReward* wrapper = nullptr;
  Twins twins(n, mode, [&](std::unique_ptr<VecEnv> env) {
    auto made = std::make_unique<NormalizeReward>(std::move(env),
                                                  NormalizeRewardConfig{.statistics = precision});
    wrapper = made.get();
    return made;
  });
  twins.reset();
  RunningMeanStd statistics(1, StatisticsPrecision::float64);
  std::vector<double> sum(n, 0.0);
  for (int t = 0; t < 60 && !twins.all_over(); ++t) {
    wrapper->set_update_running_mean(t % 7 != 6);
    twins.step();
    std::vector<double> taken_in;
    for (const std::uint32_t i : twins.stepped()) {
      const bool terminated = twins.bare.terminated[i] != 0;
      sum[i] = discounted(sum[i], twins.bare.reward[i], terminated, precision);
      taken_in.push_back(sum[i]);
      const bool ended = terminated || twins.bare.truncated[i] != 0;
      if (ended && mode == AutoresetMode::same_step) sum[i] = 0.0;
    }
    if (t % 7 != 6) statistics.update(taken_in, precision);
    ASSERT_EQ(wrapper->moments().variance, statistics.moments().variance);
    const double scale = std::sqrt(statistics.variance(0) + 1e-8);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_TRUE(same_bits(wrapper->accumulated_reward()[i], sum[i])) << "row " << i;
      ASSERT_TRUE(same_bits(twins.wrapped.reward[i], twins.bare.reward[i] / scale)) << "row " << i;
    }
  }
}

TEST(WholeBatch, NormalizesEveryReward) { for_each_batch(expect_rewards); }

}  // namespace
}  // namespace pavlov::envs
