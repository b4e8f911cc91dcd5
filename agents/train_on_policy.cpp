#include "pavlov/agents/train_on_policy.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pavlov/agents/due_observers.h"
#include "pavlov/agents/episode_meter.h"
#include "pavlov/kernels/check.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kEpisodeSteps = 512;  // room for whole episodes at first; it grows

// Means of the rounds between two calls of an observer, each weighted by its updates.
class RoundMeans {
 public:
  void add(const PolicyGradientStats& stats) {
    const double weight = static_cast<double>(stats.updates);
    for (const auto field : kFields) sum_.*field += weight * stats.*field;
    sum_.updates += stats.updates;
  }
  PolicyGradientStats take() {
    PolicyGradientStats mean = sum_;
    const double n = static_cast<double>(std::max<std::int64_t>(sum_.updates, 1));
    for (const auto field : kFields) mean.*field /= n;
    sum_ = {};
    return mean;
  }

 private:
  static constexpr double PolicyGradientStats::*kFields[] = {
      &PolicyGradientStats::policy_loss,   &PolicyGradientStats::value_loss,
      &PolicyGradientStats::entropy,       &PolicyGradientStats::approx_kl,
      &PolicyGradientStats::clip_fraction, &PolicyGradientStats::explained_variance,
      &PolicyGradientStats::gradient_norm, &PolicyGradientStats::learning_rate};

  PolicyGradientStats sum_;
};

replay::RolloutShape rollout_shape(const envs::VecEnv& env, const OnPolicyAgent& agent) {
  const auto* box = std::get_if<envs::Box>(&env.spec().action_space);
  return {.steps = agent.n_steps() == 0 ? kEpisodeSteps : agent.n_steps(),
          .envs = env.size(),
          .observation_size = env.spec().observation_space.size(),
          .action_size = box == nullptr ? 0 : box->size()};
}

class OnPolicyLoop {
 public:
  OnPolicyLoop(envs::VecEnv& env, OnPolicyAgent& agent, const OnPolicyConfig& config,
               std::uint64_t seed, std::span<const Observer> observers,
               const std::atomic<bool>* stop)
      : env_(env),
        agent_(agent),
        config_(config),
        observers_(observers),
        stop_(stop),
        rollout_(rollout_shape(env, agent)),
        resting_(env.size()),
        meter_(env.size()),
        means_(observers.size()) {
    progress_.total_steps = config.total_steps;
    rollout_.start(env_.reset(seed));
  }

  TrainingResult run() {
    bool whole = true;
    clock_.resume();
    while (progress_.env_steps < config_.total_steps && whole) {
      const std::int64_t before = progress_.env_steps;
      whole = agent_.n_steps() == 0 ? play_episodes() : play_segment();
      if (whole) {
        const PolicyGradientStats stats = agent_.learn(rollout_, progress_);
        progress_.updates += stats.updates;
        for (RoundMeans& means : means_) means.add(stats);
      }
      notify(before, !whole || progress_.env_steps >= config_.total_steps);
    }
    clock_.pause();
    return {progress_, clock_.seconds(), meter_.episodes(), !whole};
  }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  // Both play a round and tell whether it is whole.
  bool play_segment() {
    rollout_.restart();
    const auto envs = static_cast<std::int64_t>(env_.size());
    const std::int64_t left = (config_.total_steps - progress_.env_steps + envs - 1) / envs;
    const std::size_t steps = std::min(agent_.n_steps(), static_cast<std::size_t>(left));
    for (std::size_t t = 0; t < steps; ++t) {
      if (stopped()) return false;
      const envs::StepView step = env_.step(agent_.act(rollout_.next()));
      keep(step, {});
      progress_.env_steps += envs;
    }
    return true;
  }

  bool play_episodes() {
    if (progress_.env_steps > 0) rollout_.start(env_.reset());
    std::ranges::fill(resting_, std::uint8_t{0});
    std::size_t running = env_.size();
    while (running > 0) {
      if (stopped()) return false;
      const envs::StepView step = env_.step_running(agent_.act(rollout_.next()));
      keep(step, resting_);
      progress_.env_steps += static_cast<std::int64_t>(running);
      for (std::size_t n = 0; n < env_.size(); ++n) {
        if (resting_[n] != 0 || (step.terminated[n] == 0 && step.truncated[n] == 0)) continue;
        resting_[n] = 1;
        --running;
      }
    }
    return true;
  }

  void keep(const envs::StepView& step, std::span<const std::uint8_t> resting) {
    for (std::size_t n = 0; n < env_.size(); ++n) {
      if (std::isfinite(step.reward[n])) continue;
      kernels::throw_runtime("train", "reward " + kernels::number_text(step.reward[n]) +
                                          " of environment " + std::to_string(n) + " at step " +
                                          std::to_string(progress_.env_steps) + ": must be finite");
    }
    rollout_.add({.reward = step.reward,
                  .terminated = step.terminated,
                  .truncated = step.truncated,
                  .observation = step.observation,
                  .final_observation = step.final_observation},
                 resting);
    meter_.add(step, resting);
  }

  void notify(std::int64_t steps_before, bool last) {
    const auto look = [this, last](std::size_t k) {
      const PolicyGradientStats stats = means_[k].take();
      observers_[k].notify({.progress = progress_,
                            .seconds = clock_.seconds(),
                            .episodes = meter_.episodes(),
                            .mean_return = meter_.mean_return(),
                            .mean_length = meter_.mean_length(),
                            .learn = {},
                            .exploration = agent_.exploration(progress_),
                            .agent = agent_,
                            .last = last,
                            .policy_gradient = &stats});
    };
    for_each_due(observers_, steps_before, progress_.env_steps, last, clock_, look);
  }

  envs::VecEnv& env_;
  OnPolicyAgent& agent_;
  const OnPolicyConfig config_;
  const std::span<const Observer> observers_;
  const std::atomic<bool>* stop_;

  replay::RolloutBuffer rollout_;
  std::vector<std::uint8_t> resting_;  // (N) whole episodes: its episode has ended
  Progress progress_;
  EpisodeMeter meter_;
  std::vector<RoundMeans> means_;  // one per observer
  TrainingClock clock_;
};

void check_fit(const envs::EnvSpec& spec, const OnPolicyAgent& agent) {
  const ActionHead head = agent.action_head();
  const auto* discrete = std::get_if<envs::Discrete>(&spec.action_space);
  const std::size_t actions = discrete != nullptr ? static_cast<std::size_t>(discrete->n)
                                                  : std::get<envs::Box>(spec.action_space).size();
  if (spec.observation_space.size() == agent.network().inputs() && actions == head.actions &&
      (discrete == nullptr) == head.continuous()) {
    return;
  }
  kernels::throw_argument(
      "train", spec.id + " with " + std::to_string(spec.observation_space.size()) +
                   " observations and " + to_string(spec.action_space) +
                   " does not fit an agent of " + std::to_string(agent.network().inputs()) +
                   " observations and " + std::to_string(head.actions) +
                   (head.continuous() ? " continuous" : " discrete") + " actions");
}

}  // namespace

void validate(const OnPolicyConfig& c) {
  kernels::require(c.total_steps >= 1, "train", "steps", c.total_steps, "at least 1");
}

envs::AutoresetMode autoreset_mode_of(const OnPolicyAgent& agent) {
  return agent.n_steps() == 0 ? envs::AutoresetMode::disabled : envs::AutoresetMode::same_step;
}

TrainingResult train_on_policy(envs::VecEnv& env, OnPolicyAgent& agent,
                               const OnPolicyConfig& config, std::uint64_t seed,
                               std::span<const Observer> observers, const std::atomic<bool>* stop) {
  validate(config);
  check_fit(env.spec(), agent);
  if (env.autoreset_mode() != autoreset_mode_of(agent)) {
    kernels::throw_argument("train", std::string("autoreset ") + to_string(env.autoreset_mode()) +
                                         ": must be " + to_string(autoreset_mode_of(agent)) +
                                         " for " +
                                         (agent.n_steps() == 0 ? "whole episodes" : "segments"));
  }
  validate(observers);
  return OnPolicyLoop(env, agent, config, seed, observers, stop).run();
}

}  // namespace pavlov::agents
