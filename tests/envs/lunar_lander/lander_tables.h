// The parity tables of LunarLander: recorded episodes of Gymnasium with the insides of its engine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs::lunar_lander {

// Pose and velocity of one body, as recorded: of its origin.
struct RecordedBody {
  float x, y, angle, vx, vy, omega;
};

// What was recorded of one step; row 0 of an episode is the state after the reset.
struct RecordedStep {
  std::array<float, 2> action;
  std::array<float, 8> observation;
  std::array<RecordedBody, 3> bodies;
  bool awake, game_over, terminated, truncated;
  std::array<bool, 2> leg_contact;
  double reward, shaping;
  std::array<double, 2> dispersion;  // drawn in this step
  double wind_index, torque_index;   // after it; NaN without wind
};

enum class Ending { land = 0, crash = 1, out = 2, time_limit = 3 };

struct RecordedEpisode {
  std::uint64_t seed;
  Ending ending;
  double total;
  std::array<double, 11> terrain;
  std::array<double, 12> height_draws;
  std::array<double, 2> force;
  double wind_index, torque_index;  // as drawn; NaN without wind
  std::vector<RecordedStep> steps;
};

struct LanderTable {
  std::string setting;  // "heuristic_discrete_wind"
  bool continuous, wind;
  std::vector<RecordedEpisode> episodes;
  std::string id() const { return continuous ? "LunarLanderContinuous-v3" : "LunarLander-v3"; }
};

// Throws std::runtime_error where a file cannot be read.
LanderTable load_lander(const std::string& folder, std::string_view setting);
// Whether the table is in `folder`: the extracts lack the longest.
bool has_lander(const std::string& folder, std::string_view setting);

// All settings that were recorded from reset to end.
inline constexpr std::string_view kLanderSettings[] = {
    "random_discrete",        "random_discrete_wind",      "random_continuous",
    "random_continuous_wind", "heuristic_discrete",        "heuristic_discrete_wind",
    "heuristic_continuous",   "heuristic_continuous_wind", "noop_discrete",
    "noop_discrete_wind",     "thresholds_continuous",     "time_limit_discrete"};

}  // namespace pavlov::envs::lunar_lander
