// EpisodeRows: what a step meant for each row, for wrappers that keep something per episode.
//
// After a step a row was stepped (a transition), started anew (next_step mode: the step after an
// end ignores the action and resets) or resting (disabled mode: finished and left out by
// step_running). Ask first, then note the step.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "pavlov/envs/vec_env.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

namespace pavlov::envs {

// Calls f(i), i rising, for the rows whose byte in `a` or `b` is 1 (they are 0 or 1), which are
// few: eight rows at a glance.
template <class F>
void for_each_set(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, const F& f) {
  static_assert(std::endian::native == std::endian::little);
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    std::uint64_t rows = 0, others = 0;
    std::memcpy(&rows, a.data() + i, 8);
    std::memcpy(&others, b.data() + i, 8);
    for (rows |= others; rows != 0; rows &= rows - 1) {
      f(i + static_cast<std::size_t>(std::countr_zero(rows)) / 8);
    }
  }
  for (; i < a.size(); ++i) {
    if ((a[i] | b[i]) != 0) f(i);
  }
}

// Calls f(i) for the rows in which an episode ended.
template <class F>
void for_each_ended(const StepView& step, const F& f) {
  for_each_set(step.terminated, step.truncated, f);
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
  // A row that is not stepped is idle, whatever the mode.
  bool any_idle() const {
    return mode_ != AutoresetMode::same_step &&
           std::memchr(ended_.data(), 1, ended_.size()) != nullptr;
  }
  bool any_resting() const { return mode_ == AutoresetMode::disabled && any_idle(); }
  template <class F>
  void for_each_idle(const F& f) const {
    if (mode_ != AutoresetMode::same_step) for_each_set(ended_, ended_, f);
  }

  void note(const StepView& step) {
    if (mode_ == AutoresetMode::same_step) return;
    if (mode_ == AutoresetMode::next_step) std::fill(ended_.begin(), ended_.end(), 0);
    for_each_ended(step, [&](std::size_t i) { ended_[i] = 1; });
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
