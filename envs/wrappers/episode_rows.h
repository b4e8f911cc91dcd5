// EpisodeRows: what a step meant for each row, for wrappers that keep something per episode.
//
// After a step a row was stepped (a transition), started anew (next_step mode: the step after an
// end ignores the action and resets) or resting (disabled mode: finished and left out by
// step_running). Ask first, then note the step.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/envs/vec_env.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

namespace pavlov::envs {

// Whether an episode ended in row i of the step.
inline bool ended(const StepView& step, std::size_t i) {
  return (step.terminated[i] | step.truncated[i]) != 0;
}

class EpisodeRows {
 public:
  EpisodeRows(std::size_t rows, AutoresetMode mode) : mode_(mode), ended_(rows, 0) {}

  AutoresetMode mode() const { return mode_; }
  bool stepped(std::size_t i) const { return ended_[i] == 0; }
  bool restarted(std::size_t i) const {
    return ended_[i] != 0 && mode_ == AutoresetMode::next_step;
  }
  bool resting(std::size_t i) const { return ended_[i] != 0 && mode_ == AutoresetMode::disabled; }
  bool any_resting() const {
    return mode_ == AutoresetMode::disabled &&
           std::any_of(ended_.begin(), ended_.end(), [](std::uint8_t e) { return e != 0; });
  }

  void note(const StepView& step) {
    if (mode_ == AutoresetMode::same_step) return;
    const std::uint8_t stay = mode_ == AutoresetMode::disabled ? 1 : 0;
    for (std::size_t i = 0; i < ended_.size(); ++i) {
      ended_[i] = (ended_[i] & stay) | step.terminated[i] | step.truncated[i];
    }
  }
  // As VecEnvWrapper::after_reset.
  void note_reset(std::span<const std::uint8_t> mask) {
    for (std::size_t i = 0; i < ended_.size(); ++i) {
      if (selects(mask, i)) ended_[i] = 0;
    }
  }

  void save(StateWriter& out) const { out.put(std::span<const std::uint8_t>(ended_)); }
  void load(StateReader& in) { in.get_flags(ended_, "flag of an episode's end"); }

 private:
  AutoresetMode mode_;
  std::vector<std::uint8_t> ended_;  // (N) 1 from the end of an episode to its reset
};

}  // namespace pavlov::envs
