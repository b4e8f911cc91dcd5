// LunarLander's game around the engine, literally: what the engine's tests play with.
#pragma once

#include <array>
#include <cstdint>

#include "pavlov/envs/lunar_lander/world.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs::lunar_lander {

// One episode. After reset and before the first call of step the world is one step old.
struct PlainGame {
  World world;
  kernels::Pcg64 random;
  bool wind = false;
  float gravity = -10.0F;
  std::int64_t wind_index = 0, torque_index = 0;
  double heights[11] = {};

  // Everything of a reset but the hidden step.
  void begin(std::uint64_t seed);
  // Everything of a step before the world's: main and side engine powers, direction of the side.
  void push(double main, double side, double direction);
  void push(int action) {
    push(action == 2 ? 1 : 0, action == 1 || action == 3 ? 1 : 0, action - 2);
  }
  void push(double a0, double a1);  // continuous actions

  std::array<float, 8> observation() const;
  // A discrete action that usually lands.
  int pilot() const;
};

}  // namespace pavlov::envs::lunar_lander
