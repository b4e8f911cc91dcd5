// Pace: how many steps are due, at a speed that the user sets; pause and single steps.
//
// Knows no clock of its own: it is told the time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

class Pace {
 public:
  // Steps per second of real time.
  explicit Pace(double fps) : fps_(fps) {}

  // Steps that are due at time `now` (seconds), since the last call; at most so many that a window
  // stays responsive at any speed.
  std::int64_t due(double now) {
    const double passed = started_ ? std::clamp(now - last_, 0.0, 0.25) : 0.0;
    started_ = true;
    last_ = now;
    const std::int64_t asked = std::exchange(single_, 0);
    if (paused_) return asked;
    owed_ = std::min(owed_ + passed * fps_ * kSpeeds[speed_], kMostAtOnce);
    const auto whole = static_cast<std::int64_t>(owed_ + 1e-9);
    owed_ -= static_cast<double>(whole);
    return whole + asked;
  }

  void toggle_pause() {
    paused_ = !paused_;
    owed_ = 0.0;
  }
  void pause() { paused_ = true; }
  void step() {
    paused_ = true;
    ++single_;
  }
  void slower() { speed_ -= speed_ > 0 ? 1 : 0; }
  void faster() { speed_ += speed_ + 1 < kSpeeds.size() ? 1 : 0; }

  // Does what a command asks of a pace; false for one that asks nothing of it.
  bool handle(Command command) {
    switch (command) {
      case Command::pause:
        toggle_pause();
        return true;
      case Command::step:
        step();
        return true;
      case Command::slower:
        slower();
        return true;
      case Command::faster:
        faster();
        return true;
      default:
        return false;
    }
  }

  bool paused() const { return paused_; }
  double speed() const { return kSpeeds[speed_]; }
  // "paused", "real time", "4 x".
  std::string text() const {
    if (paused_) return "paused";
    constexpr std::array kNames = {"1/4 x", "1/2 x", "real time", "2 x", "4 x",
                                   "8 x",   "16 x",  "32 x",      "64 x"};
    return kNames[speed_];
  }

 private:
  static constexpr double kMostAtOnce = 512.0;
  static constexpr std::array kSpeeds = {0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0};

  double fps_;
  std::size_t speed_ = 2;
  bool paused_ = false, started_ = false;
  double last_ = 0.0, owed_ = 0.0;
  std::int64_t single_ = 0;
};

}  // namespace pavlov::apps
