#include "pavlov/envs/wrappers/repeat_action.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "pavlov/envs/wrappers/episode_rows.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

constexpr const char* kName = "RepeatAction";

std::string describe(std::size_t num_repeats, AutoresetMode mode) {
  kernels::require(num_repeats >= 1 && num_repeats <= 1024, kName, "num_repeats", num_repeats,
                   "in [1, 1024]");
  return "num_repeats=" + std::to_string(num_repeats) + " autoreset=" + to_string(mode);
}

}  // namespace

RepeatAction::RepeatAction(std::unique_ptr<VecEnv> env, std::size_t num_repeats, AutoresetMode mode)
    : VecEnvWrapper(std::move(env), kName, describe(num_repeats, mode)),
      num_repeats_(num_repeats),
      mode_(mode),
      running_(size()),
      finished_(size(), 0),
      restart_(size(), 0),
      reward_(size(), 0.0),
      terminated_(size(), 0),
      truncated_(size(), 0),
      final_observation_({size(), inner().spec().observation_space.size()}) {
  if (inner().autoreset_mode() == AutoresetMode::disabled) return;
  kernels::throw_argument(kName, "inner environment in autoreset mode " +
                                     std::string(to_string(inner().autoreset_mode())) +
                                     ": must be disabled; the wrapper resets by itself");
}

// The first inner step refuses what is wrong, before anything has changed: finished environments in
// disabled mode, and, where there will be repeats, an inner environment that cannot let them rest.
StepView RepeatAction::step(ActionView actions) {
  if (mode_ == AutoresetMode::disabled && (num_repeats_ == 1 || running_ < size())) {
    return repeat(inner().step(actions), actions);
  }
  return repeat(inner().step_running(actions), actions);
}

StepView RepeatAction::step_running(ActionView actions) {
  if (mode_ != AutoresetMode::disabled) {
    kernels::throw_argument(kName, "step_running: autoreset mode " + std::string(to_string(mode_)) +
                                       ": must be disabled");
  }
  return repeat(inner().step_running(actions), actions);
}

StepView RepeatAction::repeat(const StepView& first, const ActionView& actions) {
  // In next_step mode those that were finished before this step start anew at its end.
  restart_ = finished_;
  std::fill(reward_.begin(), reward_.end(), 0.0);
  std::fill(terminated_.begin(), terminated_.end(), 0);
  std::fill(truncated_.begin(), truncated_.end(), 0);
  take_in(first);
  for (std::size_t k = 1; k < num_repeats_ && running_ > 0; ++k) {
    take_in(inner().step_running(actions));
  }
  restart();
  return {observation_, reward_, terminated_, truncated_, final_observation_.matrix()};
}

void RepeatAction::take_in(const StepView& inner) {
  observation_ = inner.observation;
  const std::size_t columns = inner.final_observation.cols;
  for (std::size_t i = 0; i < size(); ++i) reward_[i] += inner.reward[i];  // 0 in rows that rest
  for_each_ended(inner, [&](std::size_t i) {
    terminated_[i] = inner.terminated[i];
    truncated_[i] = inner.truncated[i];
    std::ranges::copy(inner.final_observation.row(i), final_observation_.data() + i * columns);
    finished_[i] = 1;
    --running_;
  });
}

void RepeatAction::restart() {
  if (mode_ == AutoresetMode::disabled) return;
  if (mode_ == AutoresetMode::same_step) restart_ = finished_;
  if (std::memchr(restart_.data(), 1, restart_.size()) == nullptr) return;
  observation_ = inner().reset(std::span<const std::uint8_t>(restart_));
  for_each_set(restart_, restart_, [&](std::size_t i) {
    finished_[i] = 0;
    ++running_;
  });
}

ConstMatrixView RepeatAction::after_reset(ConstMatrixView observation,
                                          std::span<const std::uint8_t> mask) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (selects(mask, i)) finished_[i] = 0;
  }
  running_ = static_cast<std::size_t>(std::count(finished_.begin(), finished_.end(), 0));
  return observation;
}

void RepeatAction::save_state(StateWriter& out) const {
  out.put(std::span<const std::uint8_t>(finished_));
}

void RepeatAction::load_state(StateReader& in) {
  in.get_flags(finished_, "flag of an episode's end");
  running_ = static_cast<std::size_t>(std::count(finished_.begin(), finished_.end(), 0));
}

}  // namespace pavlov::envs
