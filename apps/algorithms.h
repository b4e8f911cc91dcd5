// The algorithms of `pavlov train`, one row each.
#pragma once

#include <span>
#include <string_view>

namespace pavlov::apps {

struct Algorithm {
  std::string_view name;
  std::string_view summary;
};

inline std::span<const Algorithm> algorithms() {
  static constexpr Algorithm kAlgorithms[] = {
      {"dqn", "Deep Q-learning with replay and a target network; --double_q for double DQN"},
  };
  return kAlgorithms;
}

}  // namespace pavlov::apps
