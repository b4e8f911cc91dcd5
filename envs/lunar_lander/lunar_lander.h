// LunarLander: bring a falling lander down on its pad, gently and upright.
//
// Observation (8), float32; the bounds are nominal, values can leave them:
//   0  x, 0 at the pad, +-1 at the edges of the world  [-2.5, 2.5]
//   1  height above the pad, 1 = half the world        [-2.5, 2.5]
//   2  x velocity                                      [-10, 10]
//   3  y velocity                                      [-10, 10]
//   4  angle, rad, counter-clockwise, not wrapped      [-2 pi, 2 pi]
//   5  angular velocity, times 0.4 s                   [-10, 10]
//   6  1 where the right leg touches ground            {0, 1}
//   7  1 where the left leg does                       {0, 1}
// Actions of LunarLander-v3: 0 nothing, 1 left engine, 2 main engine, 3 right engine. Actions of
// LunarLanderContinuous-v3: two numbers in [-1, 1], clipped if outside: the main engine is off up
// to 0 and burns with half to full power above, the side engines are off up to +-0.5 and burn with
// half to full power beyond (left engine below 0).
// Reward: the gain of a potential (near the pad, slow, upright, on its legs), less 0.3 per full
// burn of the main engine and 0.03 of a side engine; at the end instead of that: -100 for touching
// ground with the hull or leaving the world sideways, +100 for coming to rest.
// Terminated: as just said. Truncated: after 1000 steps. Solved: mean return 200.
// Reset: random terrain beside the pad, a random push of the hull, then one step without engines,
// which counts as none.
//
// Source: Gymnasium 1.4, envs/box2d/lunar_lander.py (there LunarLander-v3 with continuous=True is
// LunarLanderContinuous-v3).
// Known differences: none in default options on engine=exact: every observation, reward and flag
// has the same bits, with wind too (Linux x86-64, glibc). Stepping a finished environment is an
// error. wind_power and turbulence_power out of range are errors, not warnings. initial_random,
// dispersion and the powers of the engines are options here and constants there.
// engine=box2d is the same game on Box2D 2.4, see box2d_engine.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pavlov/envs/batch_env.h"
#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lunar_lander/engine.h"
#include "pavlov/envs/lunar_lander/game.h"

namespace pavlov::envs {

// Units and ranges of the physics: lunar_lander::Parameters. A range, written "low:high", gives
// every environment a fixed value of its own.
struct LunarLanderConfig {
  enum class EngineKind : std::uint8_t {
    exact,  // the bits of Gymnasium
    box2d,  // the installed Box2D 2.4
  };

  bool enable_wind = false;
  EngineKind engine = EngineKind::exact;
  Spread gravity = -10.0;
  Spread wind_power = 15.0;
  Spread turbulence_power = 1.5;
  Spread main_engine_power = 13.0;
  Spread side_engine_power = 0.6;
  Spread initial_random = 1000.0;
  Spread dispersion = 1.0;

  // All options with their ranges.
  void declare(OptionVisitor& option);
  // The physics of environment i.
  lunar_lander::Parameters parameters(std::size_t i) const;
};

// "LunarLander-v3" or "LunarLanderContinuous-v3".
EnvSpec lunar_lander_spec(std::string_view id);

class LunarLander final : public BatchEnv {
 public:
  using Config = LunarLanderConfig;

  // Throws std::invalid_argument for options out of range.
  LunarLander(EnvSpec spec, const LunarLanderConfig& config, const VecOptions& options);

  // State of environment i < N, for drawing and tests.
  lunar_lander::Hull hull(std::size_t i) const { return engine_->hull(i); }
  std::array<lunar_lander::Body, 3> bodies(std::size_t i) const { return engine_->bodies(i); }
  const lunar_lander::Episode& episode(std::size_t i) const { return episode_[i]; }

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
  void step_rows(kernels::RowRange rows, const ActionView& actions) override;
  void save_rows(StateWriter& out) const override;
  void load_rows(StateReader& in) override;

 private:
  void start(std::uint32_t row);
  void step_batch(std::span<const std::uint32_t> rows, const ActionView& actions);
  lunar_lander::Throttle throttle_of(std::uint32_t row, const ActionView& actions) const;
  lunar_lander::Observation observe(std::uint32_t row);

  bool continuous_;
  bool enable_wind_;
  std::vector<lunar_lander::Parameters> parameters_;  // (N)
  std::vector<lunar_lander::Episode> episode_;        // (N)
  std::unique_ptr<lunar_lander::Engine> engine_;      // N worlds
};

}  // namespace pavlov::envs
