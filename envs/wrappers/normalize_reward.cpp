#include "pavlov/envs/wrappers/normalize_reward.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pavlov/envs/wrappers/batch_arithmetic.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

constexpr const char* kName = "NormalizeReward";

std::string describe(const NormalizeRewardConfig& config) {
  kernels::require(config.gamma >= 0 && config.gamma <= 1, kName, "gamma", config.gamma,
                   "in [0, 1]");
  kernels::require(config.epsilon > 0 && std::isfinite(config.epsilon), kName, "epsilon",
                   config.epsilon, "positive and finite");
  return "gamma=" + kernels::number_text(config.gamma) +
         " epsilon=" + kernels::number_text(config.epsilon) +
         " statistics=" + to_string(config.statistics);
}

}  // namespace

NormalizeReward::NormalizeReward(std::unique_ptr<VecEnv> env, const NormalizeRewardConfig& config)
    : VecEnvWrapper(std::move(env), kName, describe(config)),
      config_(config),
      statistics_(1, StatisticsPrecision::float64),
      rows_(size(), autoreset_mode()),
      accumulated_reward_(size(), 0.0),
      scratch_(size(), 0.0),
      reward_(size(), 0.0) {}

ConstMatrixView NormalizeReward::after_reset(ConstMatrixView observation,
                                             std::span<const std::uint8_t> mask) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (selects(mask, i)) accumulated_reward_[i] = 0.0;
  }
  rows_.note_reset(mask);
  return observation;
}

// With float32 NumPy rounds the product to float32, takes the rest in float64, and rounds the sum.
double NormalizeReward::accumulate(double sum, double reward, bool terminated) const {
  const double going_on = terminated ? 0.0 : 1.0;
  if (config_.statistics == StatisticsPrecision::float64) {
    return sum * config_.gamma * going_on + reward;
  }
  const float discounted = static_cast<float>(sum) * static_cast<float>(config_.gamma);
  return static_cast<float>(static_cast<double>(discounted) * going_on + reward);
}

// As if every row had been stepped and gone on: the few others are put right.
void NormalizeReward::accumulate_all(const StepView& step) {
  const std::span<const double> sums = accumulated_reward_;
  if (config_.statistics == StatisticsPrecision::float64) {
    multiply_and_add(sums, config_.gamma, step.reward, scratch_);
  } else {
    for (std::size_t i = 0; i < size(); ++i) {
      scratch_[i] = accumulate(sums[i], step.reward[i], false);
    }
  }
  for_each_set(step.terminated, step.terminated,
               [&](std::size_t i) { scratch_[i] = accumulate(sums[i], step.reward[i], true); });
  rows_.for_each_idle([&](std::size_t i) { scratch_[i] = sums[i]; });
}

StepView NormalizeReward::after_step(const StepView& step) {
  accumulate_all(step);
  std::swap(accumulated_reward_, scratch_);
  if (update_running_mean_) {  // with the sums of the rows that were stepped
    std::span<const double> sums = accumulated_reward_;
    if (rows_.any_idle()) {
      std::size_t count = 0;
      for (std::size_t i = 0; i < size(); ++i) {
        scratch_[count] = accumulated_reward_[i];
        count += rows_.stepped(i) ? 1 : 0;
      }
      sums = {scratch_.data(), count};
    }
    statistics_.update(sums, config_.statistics);
  }
  if (rows_.mode() == AutoresetMode::same_step) {
    for_each_ended(step, [&](std::size_t i) { accumulated_reward_[i] = 0.0; });
  }
  rows_.note(step);

  divide_all(step.reward, std::sqrt(statistics_.variance(0) + config_.epsilon), reward_);
  StepView view = step;
  view.reward = reward_;
  return view;
}

void NormalizeReward::save_state(StateWriter& out) const {
  out.put(static_cast<std::uint8_t>(update_running_mean_));
  statistics_.save(out);
  rows_.save(out);
  out.put(std::span<const double>(accumulated_reward_));
}

void NormalizeReward::load_state(StateReader& in) {
  std::uint8_t update = 0;
  in.get_flags({&update, 1}, "flag update_running_mean");
  update_running_mean_ = update == 1;
  statistics_.load(in);
  rows_.load(in);
  in.get(std::span<double>(accumulated_reward_));
}

}  // namespace pavlov::envs
