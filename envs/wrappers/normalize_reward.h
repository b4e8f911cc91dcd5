// NormalizeReward: rewards scaled so that the discounted return has a variance of about 1.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/vector/stateful_reward.py. Each environment carries a
// discounted sum G, forwards in time; a step updates it, then the statistics, then scales:
//   G <- G * gamma * (1 - terminated) + reward
//   the variance of G over all steps and environments (running_mean_std.h)
//   reward <- reward / sqrt(variance + epsilon)
// No mean is subtracted. What each mode does at the end of an episode:
//   next_step   the step that resets updates nothing. G is not zeroed at an end: after a
//               termination the last reward, after a truncation all of G goes on into the next
//               episode. A quirk of Gymnasium, kept.
//   same_step   G of an environment that has ended becomes 0 after the update
//   disabled    G becomes 0 with the reset
// A reset of all environments zeroes every G; the statistics survive. Frozen (update_running_mean
// false) the statistics are used and not updated.
//
// Differs: a masked reset zeroes G of the rows it resets, where Gymnasium zeroes all of them, so
// that no environment depends on another one's end. Gymnasium's vector form keeps G and the moments
// of each batch in float32, its form for one environment in float64: so does `statistics`, and each
// has the bits of its model.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/envs/wrappers/episode_rows.h"
#include "pavlov/envs/wrappers/running_mean_std.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

namespace pavlov::envs {

struct NormalizeRewardConfig {
  double gamma = 0.99;    // discount of G, in [0, 1]
  double epsilon = 1e-8;  // > 0, added to the variance
  StatisticsPrecision statistics = StatisticsPrecision::float64;
};

class NormalizeReward final : public VecEnvWrapper {
 public:
  // Throws std::invalid_argument for options out of range.
  explicit NormalizeReward(std::unique_ptr<VecEnv> env, const NormalizeRewardConfig& config = {});

  bool update_running_mean() const { return update_running_mean_; }
  void set_update_running_mean(bool update) { update_running_mean_ = update; }
  // Mean and variance of G, one value each.
  RunningMoments moments() const { return statistics_.moments(); }
  void set_moments(const RunningMoments& moments) { statistics_.set_moments(moments); }
  // G of each environment, (N); valid until the next call.
  std::span<const double> accumulated_reward() const { return accumulated_reward_; }

 protected:
  ConstMatrixView after_reset(ConstMatrixView observation,
                              std::span<const std::uint8_t> mask) override;
  StepView after_step(const StepView& step) override;
  void save_state(StateWriter& out) const override;
  void load_state(StateReader& in) override;

 private:
  double accumulate(double sum, double reward, bool terminated) const;
  // G of all rows after the step, into scratch_.
  void accumulate_all(const StepView& step);

  NormalizeRewardConfig config_;
  bool update_running_mean_ = true;
  RunningMeanStd statistics_;
  EpisodeRows rows_;
  std::vector<double> accumulated_reward_;  // (N) float32 values where that is the precision
  std::vector<double> scratch_;             // (N)
  std::vector<double> reward_;              // (N)
};

}  // namespace pavlov::envs
