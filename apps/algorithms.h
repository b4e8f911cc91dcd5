// The algorithms of `pavlov train`, one row each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pavlov::apps {

// Whose options and whose loop an algorithm has.
enum class Method : std::uint8_t { dqn, ppo, a2c, reinforce };

struct Algorithm {
  std::string_view name;
  Method method;
  std::string_view summary;
};

inline std::span<const Algorithm> algorithms() {
  static constexpr Algorithm kAlgorithms[] = {
      {"dqn", Method::dqn,
       "Deep Q-learning with replay and a target network; --double_q for double DQN"},
      {"ppo", Method::ppo, "Proximal policy optimization; discrete or continuous actions"},
      {"ppo-fast", Method::ppo, "PPO with presets for the least time by the clock"},
      {"a2c", Method::a2c, "Advantage actor-critic; discrete or continuous actions"},
      {"reinforce", Method::reinforce,
       "Monte Carlo policy gradient over whole episodes, with a baseline"},
  };
  return kAlgorithms;
}

}  // namespace pavlov::apps
