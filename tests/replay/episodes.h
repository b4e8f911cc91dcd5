// Scripted episodes of several environments, and the transitions they must give, written down from
// the definition: the slow twin of NStep.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "pavlov/replay/n_step.h"

namespace pavlov::replay {

enum class End : std::uint8_t { terminated, truncated, both };

// Plays episodes (length, end) in turn; environment i starts with episode i of the script. Every
// observation is (number of the observation mod 256, environment), so that bytes hold it.
class Episodes {
 public:
  static constexpr std::size_t kWidth = 2;

  Episodes(std::vector<std::pair<int, End>> script, std::size_t envs)
      : script_(std::move(script)),
        envs_(envs),
        observation_(envs * kWidth),
        next_(envs * kWidth),
        action_(envs),
        reward_(envs),
        terminated_(envs),
        truncated_(envs),
        played_(envs) {
    for (std::size_t i = 0; i < envs; ++i) {
      played_[i].script = i;
      begin(i);
    }
  }

  Step step() {
    for (std::size_t i = 0; i < envs_; ++i) {
      Played& p = played_[i];
      observe(p.rows.back(), observation_, i);
      const auto& [length, end] = script_[p.script % script_.size()];
      const bool ended = static_cast<int>(p.rewards.size()) + 1 == length;
      ++clock_;
      action_[i] = static_cast<std::int32_t>(clock_ % 7);
      reward_[i] = std::sin(static_cast<double>(clock_));  // not exact in float32
      terminated_[i] = ended && end != End::truncated;
      truncated_[i] = ended && end != End::terminated;
      p.actions.push_back(action_[i]);
      p.rewards.push_back(reward_[i]);
      p.rows.push_back(++number_ % 256);
      observe(p.rows.back(), next_, i);
      p.over = ended;
      p.terminated = terminated_[i] != 0;
    }
    return {{observation_.data(), envs_, kWidth}, action_,     reward_,
            {next_.data(), envs_, kWidth},        terminated_, truncated_};
  }

  struct Expected {
    float observation, next, environment, discount;
    std::int32_t action;
    double reward;
  };
  // Transitions of `n` steps that the last step completes; and where an episode ended with it, the
  // next one begins.
  std::vector<Expected> completed(std::size_t n, double gamma) {
    std::vector<Expected> list;
    for (std::size_t i = 0; i < envs_; ++i) {
      const Played& p = played_[i];
      const std::size_t length = p.rewards.size();
      for (std::size_t first = 0; first < length; ++first) {
        const std::size_t k = std::min(n, length - first);
        const bool now = p.over ? first + n >= length : first + n == length;
        if (!now) continue;
        double sum = 0.0;
        for (std::size_t j = 0; j < k; ++j) {
          sum += std::pow(gamma, static_cast<double>(j)) * p.rewards[first + j];
        }
        const double discount = p.terminated ? 0.0 : std::pow(gamma, static_cast<double>(k));
        list.push_back({static_cast<float>(p.rows[first]), static_cast<float>(p.rows[first + k]),
                        static_cast<float>(i), static_cast<float>(discount), p.actions[first],
                        sum});
      }
      if (p.over) begin(i);
    }
    return list;
  }

 private:
  struct Played {
    std::size_t script = 0;  // the episode after this one
    std::vector<int> rows;   // numbers of observations
    std::vector<std::int32_t> actions;
    std::vector<double> rewards;
    bool over = false, terminated = false;
  };

  void begin(std::size_t env) {
    Played& p = played_[env];
    const std::size_t next = p.rows.empty() ? p.script : p.script + 1;
    p = {};
    p.script = next;
    p.rows.push_back(++number_ % 256);
  }
  static void observe(int number, std::vector<float>& to, std::size_t env) {
    to[env * kWidth] = static_cast<float>(number);
    to[env * kWidth + 1] = static_cast<float>(env);
  }

  std::vector<std::pair<int, End>> script_;
  std::size_t envs_;
  int number_ = 0, clock_ = 0;
  std::vector<float> observation_, next_;
  std::vector<std::int32_t> action_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> terminated_, truncated_;
  std::vector<Played> played_;
};

// Episodes of 1, 2 and 5 steps, and of 3, with every kind of end.
inline std::vector<std::pair<int, End>> short_episodes() {
  return {{1, End::terminated}, {2, End::truncated}, {5, End::terminated}, {1, End::truncated},
          {2, End::terminated}, {5, End::truncated}, {3, End::both},       {1, End::both}};
}

}  // namespace pavlov::replay
