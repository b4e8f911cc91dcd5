#include "pavlov/replay/n_step.h"

#include <algorithm>
#include <limits>

#include "pavlov/kernels/check.h"

namespace pavlov::replay {
namespace {

// Rows of the windows: with one step there are none.
std::size_t checked_rows(std::size_t steps, std::size_t envs, double gamma) {
  kernels::require(steps >= 1 && steps <= NStep::kMostSteps, "replay", "n_step", steps,
                   "in [1, 65536]");
  kernels::require(envs >= 1, "replay", "environments", envs, "at least 1");
  kernels::require(gamma >= 0.0 && gamma <= 1.0, "replay", "gamma", gamma, "in [0, 1]");
  return steps == 1 ? 0 : steps * envs;
}

}  // namespace

NStep::NStep(std::size_t steps, std::size_t envs, std::size_t observation_size, double gamma)
    : steps_(steps),
      envs_(envs),
      gamma_(gamma),
      power_(steps + 1, 1.0),
      observation_({checked_rows(steps, envs, gamma), observation_size}),
      action_(observation_.dim(0)),
      reward_(action_.size()),
      begin_(envs),
      count_(envs),
      out_observation_({action_.size(), observation_size}),
      out_next_({action_.size(), observation_size}),
      out_action_(action_.size()),
      out_reward_(action_.size()),
      out_discount_(std::max(action_.size(), envs)) {
  for (std::size_t k = 1; k <= steps; ++k) power_[k] = power_[k - 1] * gamma;
}

Transitions NStep::add(const Step& step) {
  check(step);
  if (steps_ == 1) {  // every step is a transition: nothing to wait for, nothing to copy
    for (std::size_t i = 0; i < envs_; ++i) {
      out_discount_[i] = step.terminated[i] != 0 ? 0.0f : static_cast<float>(gamma_);
    }
    return {step.observation, step.action, step.reward, step.next_observation,
            std::span<const float>(out_discount_).first(envs_)};
  }
  emitted_ = 0;
  for (std::size_t i = 0; i < envs_; ++i) {
    push(step, i);
    const bool terminated = step.terminated[i] != 0;
    if (terminated || step.truncated[i] != 0) {
      while (count_[i] > 0) {
        emit(step, i, terminated ? 0.0f : static_cast<float>(power_[count_[i]]));
      }
    } else if (count_[i] == steps_) {
      emit(step, i, static_cast<float>(power_[steps_]));
    }
  }
  return {std::as_const(out_observation_).matrix().rows_from(0, emitted_),
          std::span<const std::int32_t>(out_action_).first(emitted_),
          std::span<const double>(out_reward_).first(emitted_),
          std::as_const(out_next_).matrix().rows_from(0, emitted_),
          std::span<const float>(out_discount_).first(emitted_)};
}

void NStep::check(const Step& step) const {
  const std::size_t n = envs_, width = out_observation_.dim(1);
  const auto fits = [&](const ConstMatrixView& m) { return m.rows == n && m.cols == width; };
  if (fits(step.observation) && fits(step.next_observation) && step.action.size() == n &&
      step.reward.size() == n && step.terminated.size() == n && step.truncated.size() == n) {
    return;
  }
  kernels::throw_argument("replay", "step: every member must have " + std::to_string(n) +
                                        " rows, observations " + std::to_string(width) +
                                        " columns");
}

std::size_t NStep::slot(std::size_t env, std::size_t age) const {
  return env * steps_ + (begin_[env] + age) % steps_;
}

// The newest step of an environment's windows.
void NStep::push(const Step& step, std::size_t env) {
  const std::size_t at = slot(env, count_[env]++);
  std::ranges::copy(step.observation.row(env), observation_.matrix().row(at).begin());
  action_[at] = step.action[env];
  reward_[at] = step.reward[env];
}

// Closes the oldest window of an environment, whose steps so far are all its own.
void NStep::emit(const Step& step, std::size_t env, float discount) {
  const std::size_t to = emitted_++;
  const std::size_t first = slot(env, 0);
  double sum = 0.0;
  for (std::size_t k = 0; k < count_[env]; ++k) sum += power_[k] * reward_[slot(env, k)];
  std::ranges::copy(observation_.matrix().row(first), out_observation_.matrix().row(to).begin());
  std::ranges::copy(step.next_observation.row(env), out_next_.matrix().row(to).begin());
  out_action_[to] = action_[first];
  out_reward_[to] = sum;
  out_discount_[to] = discount;
  begin_[env] = static_cast<std::uint32_t>((begin_[env] + 1) % steps_);
  --count_[env];
}

void NStep::clear() { std::ranges::fill(count_, 0u); }

void NStep::save(kernels::StateWriter& out) const {
  for (std::size_t i = 0; i < envs_; ++i) {
    out.put(count_[i]);
    for (std::size_t k = 0; k < count_[i]; ++k) {
      const std::size_t at = slot(i, k);
      out.put(std::span<const float>(observation_.matrix().row(at)));
      out.put(action_[at]);
      out.put(reward_[at]);
    }
  }
}

void NStep::load(kernels::StateReader& in) {
  NStep loaded(steps_, envs_, out_observation_.dim(1), gamma_);
  for (std::size_t i = 0; i < envs_; ++i) {
    loaded.count_[i] = in.get<std::uint32_t>();
    in.require(loaded.count_[i] < steps_, "steps of a window", loaded.count_[i], "below n_step");
    for (std::size_t k = 0; k < loaded.count_[i]; ++k) {
      const std::size_t at = loaded.slot(i, k);
      in.get(loaded.observation_.matrix().row(at));
      loaded.action_[at] = in.get<std::int32_t>();
      loaded.reward_[at] = in.get<double>();
    }
  }
  *this = std::move(loaded);
}

}  // namespace pavlov::replay
