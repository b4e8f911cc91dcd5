// EpisodeMeter: returns and lengths of training episodes, as the loops see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "pavlov/envs/vec_env.h"

namespace pavlov::agents {

class EpisodeMeter {
 public:
  explicit EpisodeMeter(std::size_t envs) : return_(envs), length_(envs) { last_.reserve(kWindow); }

  // Environments whose byte in `resting` is not 0 took no part in the step.
  void add(const envs::StepView& step, std::span<const std::uint8_t> resting = {}) {
    for (std::size_t i = 0; i < return_.size(); ++i) {
      if (!resting.empty() && resting[i] != 0) continue;
      return_[i] += step.reward[i];
      ++length_[i];
      if (step.terminated[i] == 0 && step.truncated[i] == 0) continue;
      const Finished finished{return_[i], length_[i]};
      if (last_.size() < kWindow) {
        last_.push_back(finished);
      } else {
        last_[static_cast<std::size_t>(episodes_) % kWindow] = finished;
      }
      ++episodes_;
      return_[i] = 0.0;
      length_[i] = 0;
    }
  }
  std::int64_t episodes() const { return episodes_; }
  // Of the last 100 episodes; NaN before the first.
  double mean_return() const {
    return mean([](const Finished& f) { return f.total; });
  }
  double mean_length() const {
    return mean([](const Finished& f) { return static_cast<double>(f.length); });
  }

 private:
  static constexpr std::size_t kWindow = 100;  // episodes, as Gymnasium's statistics wrapper

  struct Finished {
    double total;
    std::int64_t length;
  };
  template <class Field>
  double mean(Field field) const {
    if (last_.empty()) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0.0;
    for (const Finished& f : last_) sum += field(f);
    return sum / static_cast<double>(last_.size());
  }

  std::vector<double> return_;        // of the running episode
  std::vector<std::int64_t> length_;  // likewise
  std::vector<Finished> last_;
  std::int64_t episodes_ = 0;
};

}  // namespace pavlov::agents
