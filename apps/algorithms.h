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

// The rungs of the value-based ladder (agents/ladder.h), then policy gradient.
std::span<const Algorithm> algorithms();

}  // namespace pavlov::apps
