// The heuristic controller against every action that Gymnasium's took in the recorded episodes.
#include "pavlov/envs/lunar_lander/heuristic.h"

#include <gtest/gtest.h>

#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

namespace pavlov::envs::lunar_lander {
namespace {

using LanderHeuristic = OnParityData;
PAVLOV_ON_PARITY_DATA(LanderHeuristic);

TEST_P(LanderHeuristic, EveryRecordedAction) {
  for (const char* setting : {"heuristic_discrete", "heuristic_discrete_wind",
                              "heuristic_continuous", "heuristic_continuous_wind"}) {
    SCOPED_TRACE(setting);
    const LanderTable table = load_lander(folder_, setting);
    for (const RecordedEpisode& episode : table.episodes) {
      for (std::size_t t = 1; t < episode.steps.size(); ++t) {
        SCOPED_TRACE("seed " + std::to_string(episode.seed) + ", step " + std::to_string(t));
        const auto& seen = episode.steps[t - 1].observation;
        const auto& expected = episode.steps[t].action;
        if (table.continuous) {
          const std::array<float, 2> action = heuristic_continuous(seen);
          ASSERT_EQ(action[0], expected[0]);
          ASSERT_EQ(action[1], expected[1]);
        } else {
          ASSERT_EQ(heuristic_discrete(seen), expected[0]);
        }
      }
    }
  }
}

TEST(LanderHeuristicRules, LegContactStopsTurning) {
  const std::array<float, 8> tilted = {0.5f, 0.2f, 0.0f, -0.3f, 0.4f, 0.0f, 0.0f, 1.0f};
  EXPECT_EQ(heuristic_continuous(tilted)[1], 0.0f);
  EXPECT_EQ(heuristic_discrete(tilted), 2);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
