// TrainingClock: counts training time by the clock; stands still while observers look.
#pragma once

#include <chrono>

namespace pavlov::agents {

class TrainingClock {
 public:
  void resume() { started_ = std::chrono::steady_clock::now(); }
  void pause() { total_ += std::chrono::steady_clock::now() - started_; }
  // Up to the last pause.
  double seconds() const { return std::chrono::duration<double>(total_).count(); }

 private:
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::duration total_{};
};

}  // namespace pavlov::agents
