#include "pavlov/tests/envs/lunar_lander/plain_game.h"

#include <algorithm>
#include <cmath>

namespace pavlov::envs::lunar_lander {
namespace {

constexpr double kH = 400 / 30.0;
constexpr double kPi = 0x1.921fb54442d18p1;

double blow(std::int64_t k) { return std::tanh(std::sin(0.02 * k) + std::sin((kPi * 0.01) * k)); }

void impulse(World& world, double ix, double iy, double x, double y) {
  apply_impulse(world, {static_cast<float>(ix), static_cast<float>(iy)},
                {static_cast<float>(x), static_cast<float>(y)});
}

}  // namespace

void PlainGame::begin(std::uint64_t seed) {
  random = kernels::Pcg64(seed);
  double h[12];
  for (double& height : h) height = random.uniform(0, kH / 2);
  for (int i = 3; i <= 7; ++i) h[i] = kH / 4;
  Vec2 points[11];
  for (int i = 0; i < 11; ++i) {
    heights[i] = 0.33 * ((h[i == 0 ? 11 : i - 1] + h[i]) + h[i + 1]);
    points[i] = {static_cast<float>(2.0 * i), static_cast<float>(heights[i])};
  }
  start(world, points);
  const double fx = random.uniform(-1000, 1000), fy = random.uniform(-1000, 1000);
  apply_force(world, {static_cast<float>(fx), static_cast<float>(fy)});
  if (wind) {
    wind_index = random.integers(-9999, 9999);
    torque_index = random.integers(-9999, 9999);
  }
  push(0);
}

void PlainGame::push(double m, double w, double direction) {
  if (wind && !world.leg_contact[0] && !world.leg_contact[1]) {
    apply_force(world, {static_cast<float>(blow(wind_index++) * 15.0), 0.0F});
    apply_torque(world, static_cast<float>(blow(torque_index++) * 1.5));
  }
  const double a = world.bodies[0].angle;
  const double tip0 = std::sin(a), tip1 = std::cos(a), side0 = -tip1, side1 = tip0;
  const double px = world.bodies[0].origin.x, py = world.bodies[0].origin.y;
  const double d0 = random.uniform(-1, 1) / 30.0, d1 = random.uniform(-1, 1) / 30.0;
  if (m > 0) {
    const double ox = tip0 * (4 / 30.0 + 2 * d0) + side0 * d1;
    const double oy = -tip1 * (4 / 30.0 + 2 * d0) - side1 * d1;
    impulse(world, (-ox * 13.0) * m, (-oy * 13.0) * m, px + ox, py + oy);
  }
  if (w > 0) {
    const double k = 3 * d1 + (direction * 12) / 30.0;
    const double ox = tip0 * d0 + side0 * k, oy = -tip1 * d0 - side1 * k;
    impulse(world, (-ox * 0.6) * w, (-oy * 0.6) * w, (px + ox) - (tip0 * 17) / 30.0,
            (py + oy) + (tip1 * 14) / 30.0);
  }
}

void PlainGame::push(double a0, double a1) {
  a0 = std::clamp(a0, -1.0, 1.0);
  a1 = std::clamp(a1, -1.0, 1.0);
  push(a0 > 0 ? (std::clamp(a0, 0.0, 1.0) + 1) * 0.5 : 0,
       std::abs(a1) > 0.5 ? std::clamp(std::abs(a1), 0.5, 1.0) : 0, a1 < 0 ? -1 : 1);
}

std::array<float, 8> PlainGame::observation() const {
  const Body& hull = world.bodies[0];
  const double x = hull.origin.x, y = hull.origin.y, vx = hull.velocity.x, vy = hull.velocity.y;
  const double w = hull.angular_velocity;
  const double o[8] = {(x - 10) / 10,
                       (y - (kH / 4 + 18 / 30.0)) / (kH / 2),
                       vx * 10 / 50,
                       vy * (kH / 2) / 50,
                       hull.angle,
                       20.0 * w / 50,
                       world.leg_contact[0] ? 1.0 : 0.0,
                       world.leg_contact[1] ? 1.0 : 0.0};
  std::array<float, 8> row{};
  std::transform(o, o + 8, row.begin(), [](double v) { return static_cast<float>(v); });
  return row;
}

int PlainGame::pilot() const {
  const auto o = observation();
  const float wanted = std::clamp(0.5F * o[0] + o[2], -0.4F, 0.4F);
  float turn = 0.5F * (wanted - o[4]) - o[5];
  float lift = 0.5F * (0.55F * std::abs(o[0]) - o[1]) - 0.5F * o[3];
  if (o[6] != 0.0F || o[7] != 0.0F) turn = 0.0F, lift = -0.5F * o[3];
  if (lift > std::abs(turn) && lift > 0.05F) return 2;
  return turn < -0.05F ? 3 : (turn > 0.05F ? 1 : 0);
}

}  // namespace pavlov::envs::lunar_lander
