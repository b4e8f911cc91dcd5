#include "pavlov/envs/lunar_lander/game.h"

#include <algorithm>
#include <cmath>

namespace pavlov::envs::lunar_lander {
namespace {

constexpr double kPi = 0x1.921fb54442d18p1;
constexpr double kMainEngineBelow = 4 / kScale;  // of the hull's origin
constexpr double kSideEngineBeside = 12.0;       // pixels
constexpr double kSideEngineAbove = 14.0;        // pixels
constexpr double kSideEngineBelowTip = 17.0;     // pixels: not 14, a bug of v0 that was kept
constexpr double kLegDown = 18.0;                // pixels from the hull's origin
constexpr double kFps = 50.0;

Vec2 rounded(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

// Unit vectors of the hull's frame: up, and to the left.
struct Frame {
  double tip_x, tip_y, side_x, side_y;
};
Frame frame_of(const Hull& hull) {
  const double angle = hull.angle;
  const double sin = std::sin(angle), cos = std::cos(angle);
  return {sin, cos, -cos, sin};
}

}  // namespace

std::array<double, kTerrainPoints> draw_terrain(kernels::Pcg64& random) {
  std::array<double, 12> height;
  for (double& h : height) h = random.uniform(0.0, kHeight / 2);
  std::fill(height.begin() + 3, height.begin() + 8, kHelipadHeight);
  std::array<double, kTerrainPoints> smooth;
  for (std::size_t i = 0; i < kTerrainPoints; ++i) {
    const double before = height[i == 0 ? 11 : i - 1];  // Python's height[-1] is the last
    smooth[i] = 0.33 * (before + height[i] + height[i + 1]);
  }
  return smooth;
}

std::array<Vec2, kTerrainPoints> terrain_points(std::span<const double, kTerrainPoints> heights) {
  std::array<Vec2, kTerrainPoints> points;
  for (std::size_t i = 0; i < kTerrainPoints; ++i) {
    points[i] = rounded(kWidth / 10 * static_cast<double>(i), heights[i]);
  }
  return points;
}

Vec2 draw_initial_force(const Parameters& parameters, kernels::Pcg64& random) {
  const double most = parameters.initial_random;
  const double x = random.uniform(-most, most);
  const double y = random.uniform(-most, most);
  return rounded(x, y);
}

void draw_wind(Episode& episode, kernels::Pcg64& random) {
  episode.wind_index = random.integers(-9999, 9999);
  episode.torque_index = random.integers(-9999, 9999);
}

Throttle discrete_throttle(std::int32_t action) {
  static constexpr Throttle kActions[] = {
      {},
      {.main = 0.0, .side = 1.0, .side_direction = -1.0},
      {.main = 1.0, .side = 0.0, .side_direction = 0.0},
      {.main = 0.0, .side = 1.0, .side_direction = 1.0},
  };
  return kActions[action];
}

Throttle continuous_throttle(float main, float side) {
  Throttle throttle;
  if (main > 0.0f) throttle.main = (std::min(static_cast<double>(main), 1.0) + 1.0) * 0.5;
  const double strength = std::abs(static_cast<double>(side));
  if (strength > 0.5) {
    throttle.side = std::min(strength, 1.0);
    throttle.side_direction = side > 0.0f ? 1.0 : -1.0;
  }
  return throttle;
}

double wind(std::int64_t index) {
  const auto k = static_cast<double>(index);
  return std::tanh(std::sin(0.02 * k) + std::sin(kPi * 0.01 * k));
}

std::array<double, 2> draw_dispersion(const Parameters& parameters, kernels::Pcg64& random) {
  const double first = random.uniform(-1.0, 1.0) / kScale;
  const double second = random.uniform(-1.0, 1.0) / kScale;
  return {first * parameters.dispersion, second * parameters.dispersion};
}

Push main_engine(const Parameters& parameters, const Hull& hull,
                 const std::array<double, 2>& dispersion, const Throttle& throttle) {
  const Frame f = frame_of(hull);
  const double x = hull.origin.x, y = hull.origin.y;
  const double power = parameters.main_engine_power;
  const double along = kMainEngineBelow + 2 * dispersion[0];
  const double ox = f.tip_x * along + f.side_x * dispersion[1];
  const double oy = -f.tip_y * along - f.side_y * dispersion[1];
  return {rounded(-ox * power * throttle.main, -oy * power * throttle.main),
          rounded(x + ox, y + oy)};
}

Push side_engine(const Parameters& parameters, const Hull& hull,
                 const std::array<double, 2>& dispersion, const Throttle& throttle) {
  const Frame f = frame_of(hull);
  const double x = hull.origin.x, y = hull.origin.y;
  const double power = parameters.side_engine_power;
  const double across = 3 * dispersion[1] + throttle.side_direction * kSideEngineBeside / kScale;
  const double ox = f.tip_x * dispersion[0] + f.side_x * across;
  const double oy = -f.tip_y * dispersion[0] - f.side_y * across;
  return {rounded(-ox * power * throttle.side, -oy * power * throttle.side),
          rounded(x + ox - f.tip_x * kSideEngineBelowTip / kScale,
                  y + oy + f.tip_y * kSideEngineAbove / kScale)};
}

Loads draw_loads(const Parameters& parameters, bool enable_wind, const Throttle& throttle,
                 const Hull& hull, Episode& episode, kernels::Pcg64& random) {
  Loads loads;
  if (enable_wind && !hull.leg_contact[0] && !hull.leg_contact[1]) {
    loads.windy = true;
    loads.force = rounded(wind(episode.wind_index++) * parameters.wind_power, 0.0);
    loads.torque = static_cast<float>(wind(episode.torque_index++) * parameters.turbulence_power);
  }
  const std::array<double, 2> dispersion = draw_dispersion(parameters, random);
  const auto push = [&loads](const Push& p) {
    loads.push[static_cast<std::size_t>(loads.pushes++)] = p;
  };
  if (throttle.main > 0.0) push(main_engine(parameters, hull, dispersion, throttle));
  if (throttle.side > 0.0) push(side_engine(parameters, hull, dispersion, throttle));
  return loads;
}

Observation observe(const Hull& hull) {
  constexpr double half_width = kWidth / 2, half_height = kHeight / 2;
  const double x = hull.origin.x, y = hull.origin.y;
  const double vx = hull.velocity.x, vy = hull.velocity.y;
  return {(x - half_width) / half_width,
          (y - (kHelipadHeight + kLegDown / kScale)) / half_height,
          vx * half_width / kFps,
          vy * half_height / kFps,
          hull.angle,
          20.0 * static_cast<double>(hull.angular_velocity) / kFps,
          hull.leg_contact[0] ? 1.0 : 0.0,
          hull.leg_contact[1] ? 1.0 : 0.0};
}

double shaping(const Observation& o) {
  return -100 * std::sqrt(o[0] * o[0] + o[1] * o[1]) - 100 * std::sqrt(o[2] * o[2] + o[3] * o[3]) -
         100 * std::abs(o[4]) + 10 * o[6] + 10 * o[7];
}

Outcome judge(const Hull& hull, const Observation& observation, const Throttle& throttle,
              Episode& episode) {
  const double before = episode.shaping;
  episode.shaping = shaping(observation);
  double reward = episode.shaping - before;
  reward -= throttle.main * 0.30;
  reward -= throttle.side * 0.03;
  if (!hull.awake) return {100.0, true};
  if (hull.crashed || std::abs(observation[0]) >= 1.0) return {-100.0, true};
  return {reward, false};
}

}  // namespace pavlov::envs::lunar_lander
