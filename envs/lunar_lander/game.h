// The game around the physics: terrain, wind, engines, observation and reward, in double precision.
//
// Pure functions, in the order in which an episode uses them. Every expression keeps the operation
// order of Gymnasium 1.4, envs/box2d/lunar_lander.py, so all results have its bits; what goes to
// the physics engine is rounded to float32 on the way. Lengths are world units (30 pixels), times
// seconds.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pavlov/envs/lunar_lander/engine.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs::lunar_lander {

// The physics of one environment; the defaults are Gymnasium's.
struct Parameters {
  double gravity = -10.0;           // units/s^2, in (-12, 0)
  double wind_power = 15.0;         // greatest force of the wind, [0, 20]
  double turbulence_power = 1.5;    // greatest torque of the wind, [0, 2]
  double main_engine_power = 13.0;  // impulse per unit of offset
  double side_engine_power = 0.6;
  double initial_random = 1000.0;  // greatest force in x and in y during the first step
  double dispersion = 1.0;         // scale of the engines' random offsets
};

constexpr double kScale = 30.0;  // pixels per unit
constexpr double kWidth = 20.0;  // of the world
constexpr double kHeight = 400 / kScale;
constexpr double kHelipadHeight = kHeight / 4;  // nominal: the smoothed pad lies at 0.99 of it

// What an episode keeps besides its world.
struct Episode {
  double shaping = 0.0;  // of the state before the step
  std::int64_t wind_index = 0, torque_index = 0;
};

// ---- reset, in the order of the draws ----

// Draws twelve heights and smooths them: the terrain's height at x = 0, 2, .. 20.
std::array<double, kTerrainPoints> draw_terrain(kernels::Pcg64& random);
std::array<Vec2, kTerrainPoints> terrain_points(std::span<const double, kTerrainPoints> heights);
// The force that acts on the hull during the first step.
Vec2 draw_initial_force(const Parameters& parameters, kernels::Pcg64& random);
// Where in the wind the episode starts.
void draw_wind(Episode& episode, kernels::Pcg64& random);

// ---- before the world's step ----

// Powers of the engines; 0 is off.
struct Throttle {
  double main = 0.0;            // {0} or [0.5, 1]
  double side = 0.0;            // {0} or [0.5, 1]
  double side_direction = 0.0;  // -1 left engine, 1 right engine
};
// Of action 0, 1, 2 or 3.
Throttle discrete_throttle(std::int32_t action);
// Values outside [-1, 1] count as the nearest inside.
Throttle continuous_throttle(float main, float side);

// Strength of the wind in [-1, 1].
double wind(std::int64_t index);
// Offsets of both engines; drawn in every step, whether an engine fires or not.
std::array<double, 2> draw_dispersion(const Parameters& parameters, kernels::Pcg64& random);
Push main_engine(const Parameters& parameters, const Hull& hull,
                 const std::array<double, 2>& dispersion, const Throttle& throttle);
Push side_engine(const Parameters& parameters, const Hull& hull,
                 const std::array<double, 2>& dispersion, const Throttle& throttle);
// All of the above for one step; blows the wind on where no leg stands.
Loads draw_loads(const Parameters& parameters, bool enable_wind, const Throttle& throttle,
                 const Hull& hull, Episode& episode, kernels::Pcg64& random);

// ---- after it ----

using Observation = std::array<double, 8>;
Observation observe(const Hull& hull);
// Potential of a state; a step is rewarded by its gain.
double shaping(const Observation& observation);

struct Outcome {
  double reward;
  bool terminated;
};
// Reward and end of the step that led to `hull`.
Outcome judge(const Hull& hull, const Observation& observation, const Throttle& throttle,
              Episode& episode);

}  // namespace pavlov::envs::lunar_lander
