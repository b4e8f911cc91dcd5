// Engine: the worlds of a whole batch, as the game sees them.
//
// Row i of the batch has one world: a hull with two legs above eleven terrain points. The exact
// engine is our own (world.h); the other stands on the installed Box2D and exists for comparison.
// Rows are independent: several workers may call at once, each for rows of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "pavlov/envs/lunar_lander/world.h"
#include "pavlov/kernels/state_io.h"

namespace pavlov::envs::lunar_lander {

using kernels::StateReader;
using kernels::StateWriter;

// What the game reads of a world.
struct Hull {
  Vec2 origin;             // of the body, not its centre of mass; world units
  Vec2 velocity;           // of the centre of mass, units/s
  float angle;             // rad
  float angular_velocity;  // rad/s
  std::array<bool, 2> leg_contact;
  bool crashed;  // the hull has touched ground in this episode
  bool awake;
};

// An impulse of an engine at a point of the world.
struct Push {
  Vec2 impulse, point;
};

// What acts on the hull during one step.
struct Loads {
  bool windy = false;
  Vec2 force = {0.0f, 0.0f};  // of the wind, at the centre of mass
  float torque = 0.0f;
  std::array<Push, 2> push;  // main engine before side engine
  int pushes = 0;            // how many of them
};

class Engine {
 public:
  virtual ~Engine() = default;

  // A new world: terrain drawn, hull and legs at their start, `force` on the hull's centre.
  virtual void start(std::size_t row, std::span<const Vec2, kTerrainPoints> terrain,
                     Vec2 force) = 0;
  virtual void apply(std::size_t row, const Loads& loads) = 0;
  // One step of 1/50 s of each of `rows`: at most kMostWorlds, which are distinct.
  virtual void step(std::span<const std::uint32_t> rows) = 0;

  virtual Hull hull(std::size_t row) const = 0;
  // Origin, angle and velocities of hull, right leg, left leg; the rest of each body is not set.
  virtual std::array<Body, 3> bodies(std::size_t row) const = 0;
  // Of the episode, from left to right.
  virtual std::array<Vec2, kTerrainPoints> terrain(std::size_t row) const = 0;

  // Exact state of all worlds; `id` names the environment in errors. Throws std::runtime_error for
  // a state that no world can have, or where the engine cannot be saved.
  virtual void save(std::string_view id, StateWriter& out) const = 0;
  virtual void load(std::string_view id, StateReader& in) = 0;
};

// One world per entry of `gravity`.
std::unique_ptr<Engine> make_exact_engine(std::span<const float> gravity);

}  // namespace pavlov::envs::lunar_lander
