#include "pavlov/envs/mountain_car/valley.h"

namespace pavlov::envs {

EnvSpec valley_spec(std::string_view id) {
  const auto left = static_cast<float>(mountain_car::kLeftWall);
  const auto right = static_cast<float>(mountain_car::kRightEnd);
  const auto speed = static_cast<float>(mountain_car::kMaxSpeed);
  EnvSpec spec;
  spec.id = id;
  spec.observation_space = {{left, -speed}, {right, speed}};
  spec.render_fps = 30;
  return spec;
}

}  // namespace pavlov::envs
