// The valley: what MountainCar and MountainCarContinuous share.
#pragma once

#include <string_view>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_options.h"
#include "pavlov/envs/spaces.h"

namespace pavlov::envs {

namespace mountain_car {

inline constexpr double kLeftWall = -1.2, kRightEnd = 0.6;  // m
inline constexpr double kMaxSpeed = 0.07;                   // m/step

}  // namespace mountain_car

// Options of both; Physics holds the quantities of one.
template <class Physics>
struct ValleyConfig {
  double goal_velocity = 0.0;  // m/step, least velocity at the goal, in [-1, 1]
  double reset_low = -0.6;     // m, in [-1e4, 1e4], <= reset_high (Gymnasium's defaults)
  double reset_high = -0.4;
  LaneConfig lanes;
  Physics physics;

  void declare(OptionVisitor& option) {
    option.number("goal_velocity", goal_velocity, {-1, 1}, "least velocity at the goal, m/step");
    declare_reset_bounds(option, "position, m", reset_low, reset_high);
    lanes.declare(option);
    physics.declare(option);
  }
};

struct ValleyRules {
  double goal_velocity;
};

// Observations and what both are drawn with; actions, limit and threshold are not set.
EnvSpec valley_spec(std::string_view id);

}  // namespace pavlov::envs
