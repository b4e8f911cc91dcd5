#include "pavlov/apps/algorithms.h"

#include <vector>

#include "pavlov/agents/ladder.h"

namespace pavlov::apps {

std::span<const Algorithm> algorithms() {
  static const std::vector<Algorithm> kAlgorithms = [] {
    std::vector<Algorithm> rows;
    for (const agents::Rung& rung : agents::ladder()) {
      rows.push_back({rung.name, Method::dqn, rung.summary});
    }
    rows.insert(
        rows.end(),
        {{"ppo", Method::ppo, "Proximal policy optimization; discrete or continuous actions"},
         {"ppo-fast", Method::ppo, "PPO with presets for the least time by the clock"},
         {"a2c", Method::a2c, "Advantage actor-critic; discrete or continuous actions"},
         {"reinforce", Method::reinforce,
          "Monte Carlo policy gradient over whole episodes, with a baseline"}});
    return rows;
  }();
  return kAlgorithms;
}

}  // namespace pavlov::apps
