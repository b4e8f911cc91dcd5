// The picture of Gymnasium 1.4, LunarLander.render. Engines that burnt in the last step show a
// flame, where Gymnasium shows particles; wind shows as streaks of its strength and way.
#include <algorithm>
#include <array>
#include <cmath>

#include "pavlov/envs/lunar_lander/lunar_lander.h"
#include "pavlov/envs/lunar_lander/scene.h"
#include "pavlov/envs/sketch.h"

namespace pavlov::envs {
namespace {

using lunar_lander::Body;
using lunar_lander::kBodies;
using lunar_lander::kScale;
using lunar_lander::kShapes;
using lunar_lander::kTerrainPoints;
using lunar_lander::Throttle;
using lunar_lander::Vec2;

constexpr Color kMetal{128, 102, 230}, kMetalEdge{77, 77, 128};
constexpr Color kFlame{255, 159, 67}, kFlameCore{255, 209, 102};
constexpr Color kWind{160, 190, 230, 110};

Spot pixels(Vec2 at) {
  return {static_cast<double>(at.x) * kScale, static_cast<double>(at.y) * kScale};
}

// The world ends at its sides; beyond, the ground is drawn as a plain.
void draw_ground(Sketch& sketch, std::span<const Vec2, kTerrainPoints> terrain, double width) {
  std::array<Point, kTerrainPoints + 4> corners;
  for (std::size_t k = 0; k < kTerrainPoints; ++k) corners[k + 1] = sketch.at(pixels(terrain[k]));
  const Spot first = pixels(terrain.front()), last = pixels(terrain.back());
  corners[0] = sketch.at({-kBeyond, first.y});
  corners[kTerrainPoints + 1] = sketch.at({width + kBeyond, last.y});
  corners[kTerrainPoints + 2] = sketch.at({width + kBeyond, -kBeyond});
  corners[kTerrainPoints + 3] = sketch.at({-kBeyond, -kBeyond});
  sketch.picture().polygon(corners, kWhite);
}

void draw_body(Sketch& sketch, const Body& body, const lunar_lander::Shape& shape) {
  std::array<Point, 7> corners;
  const auto count = static_cast<std::size_t>(shape.count);
  for (std::size_t k = 0; k < count; ++k) {
    corners[k] = sketch.at(Sketch::turned(pixels(shape.vertices[k]),
                                          static_cast<double>(body.angle), pixels(body.origin)));
  }
  corners[count] = corners[0];
  sketch.picture().polygon(std::span(corners).first(count), kMetal);
  sketch.picture().polyline(std::span(corners).first(count + 1), kMetalEdge, 1.0f);
}

// A flame from `root` (pixels in the hull's frame) along `way`, unit vector of that frame.
void draw_flame(Sketch& sketch, const Body& hull, Spot root, Spot way, double length,
                double half_width) {
  const auto corner = [&](double along, double across) {
    const Spot local{root.x + along * way.x - across * way.y,
                     root.y + along * way.y + across * way.x};
    return sketch.at(Sketch::turned(local, static_cast<double>(hull.angle), pixels(hull.origin)));
  };
  sketch.picture().polygon({corner(0, -half_width), corner(length, 0), corner(0, half_width)},
                           kFlame);
  sketch.picture().polygon(
      {corner(0, -half_width / 2), corner(0.55 * length, 0), corner(0, half_width / 2)},
      kFlameCore);
}

void draw_flames(Sketch& sketch, const Body& hull, const Throttle& throttle) {
  // Flickers from step to step, and is the same for the same state.
  const double flicker = 0.85 + 0.15 * std::sin(977.0 * static_cast<double>(hull.origin.x) +
                                                613.0 * static_cast<double>(hull.origin.y));
  if (throttle.main > 0.0) {
    draw_flame(sketch, hull, {0, -10}, {0, -1}, 34 * throttle.main * flicker, 6);
  }
  if (throttle.side > 0.0) {
    const double side = throttle.side_direction;
    draw_flame(sketch, hull, {16 * -side, 8}, {-side, 0}, 16 * throttle.side * flicker, 3);
  }
}

// Three streaks that end where the wind blows to.
void draw_wind_streaks(Sketch& sketch, double strength, double width, double height) {
  if (std::abs(strength) < 0.05) return;
  const double length = 90 * strength;
  for (int k = 0; k < 3; ++k) {
    const double x = width / 2 + 24.0 * (k - 1) - length / 2, y = height - 26 - 12 * k;
    sketch.line({x, y}, {x + length, y}, kWind, 2.0);
    const double back = strength > 0 ? -6.0 : 6.0;
    sketch.line({x + length, y}, {x + length + back, y + 4}, kWind, 2.0);
  }
}

}  // namespace

bool LunarLander::draw(std::size_t row, const ActionView& last, Picture& picture) const {
  constexpr double kWidth = lunar_lander::kWidth * kScale, kHeight = lunar_lander::kHeight * kScale;
  Sketch sketch(picture, kWidth, kHeight, kBlack);
  const auto terrain = engine_->terrain(row);
  draw_ground(sketch, terrain, kWidth);
  if (enable_wind_) {
    const double strength = lunar_lander::wind(episode_[row].wind_index);
    draw_wind_streaks(sketch, strength * parameters_[row].wind_power / 20.0, kWidth, kHeight);
  }
  const auto bodies = engine_->bodies(row);
  const bool acted = continuous_ ? row < last.continuous().rows : row < last.discrete().size();
  if (acted) {
    draw_flames(sketch, bodies[0], throttle_of(static_cast<std::uint32_t>(row), last));
  }
  for (std::size_t k = 0; k < kBodies; ++k) draw_body(sketch, bodies[k], kShapes[k]);
  for (const std::size_t at : {kTerrainPoints / 2 - 1, kTerrainPoints / 2 + 1}) {
    const double x = static_cast<double>(terrain[at].x) * kScale;
    sketch.flag({x, lunar_lander::kHelipadHeight * kScale}, kWhite);
  }
  return true;
}

}  // namespace pavlov::envs
