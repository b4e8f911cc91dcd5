#include "pavlov/envs/lunar_lander/heuristic.h"

#include <algorithm>
#include <cmath>

namespace pavlov::envs::lunar_lander {
namespace {

// How much to turn, and how much to push up.
struct Todo {
  float angle, hover;
};

Todo todo(std::span<const float> o) {
  if (o[6] != 0.0f || o[7] != 0.0f) return {0.0f, -o[3] * 0.5f};  // a leg stands: only slow down
  const float angle_target = std::clamp(o[0] * 0.5f + o[2] * 1.0f, -0.4f, 0.4f);
  const float hover_target = 0.55f * std::abs(o[0]);  // in proportion to the way that is left
  return {(angle_target - o[4]) * 0.5f - o[5] * 1.0f, (hover_target - o[1]) * 0.5f - o[3] * 0.5f};
}

}  // namespace

std::int32_t heuristic_discrete(std::span<const float> observation) {
  const Todo t = todo(observation);
  if (t.hover > std::abs(t.angle) && t.hover > 0.05f) return 2;
  if (t.angle < -0.05f) return 3;
  if (t.angle > 0.05f) return 1;
  return 0;
}

std::array<float, 2> heuristic_continuous(std::span<const float> observation) {
  const Todo t = todo(observation);
  return {std::clamp(t.hover * 20.0f - 1.0f, -1.0f, 1.0f),
          std::clamp(-t.angle * 20.0f, -1.0f, 1.0f)};
}

}  // namespace pavlov::envs::lunar_lander
