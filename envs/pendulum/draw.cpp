// The picture of Gymnasium 1.4, PendulumEnv.render. The arrow around the axle, there a picture that
// grows with the torque, is drawn as an arc with a head.
#include <algorithm>
#include <array>
#include <cmath>

#include "pavlov/envs/pendulum/pendulum.h"
#include "pavlov/envs/sketch.h"

namespace pavlov::envs {
namespace {

constexpr double kSide = 500;           // pixels
constexpr double kScale = kSide / 4.4;  // pixels per m

// Turns the way of the torque: counter-clockwise where it is positive.
void draw_torque(Sketch& sketch, Spot axle, double torque) {
  constexpr std::size_t kPoints = 33;
  constexpr double kOpening = 1.6;  // rad, of the ring that the arrow leaves open
  const double turn = 4 * std::acos(0.0) - kOpening;
  // The picture's ring reaches to 0.84 of its half width.
  const double radius = 0.42 * kScale * std::min(std::abs(torque) / 2, 2.0);
  if (radius < 2.0) return;
  const double way = torque > 0.0 ? 1.0 : -1.0;
  const double begin = std::acos(0.0);  // on top
  std::array<Point, kPoints> arc;
  for (std::size_t k = 0; k < kPoints; ++k) {
    const double angle = begin + way * turn * static_cast<double>(k) / (kPoints - 1);
    arc[k] = sketch.at({axle.x + radius * std::cos(angle), axle.y + radius * std::sin(angle)});
  }
  sketch.picture().polyline(arc, kBlack, 2.0f);
  const double end = begin + way * turn;
  const double heading = end + way * std::acos(0.0), size = 0.28 * radius;
  const Spot tip{axle.x + radius * std::cos(end), axle.y + radius * std::sin(end)};
  const auto corner = [&](double forth, double aside) {
    return sketch.at(Sketch::turned({forth * size, aside * size}, heading, tip));
  };
  sketch.picture().polygon({corner(0.7, 0.0), corner(-0.5, 0.5), corner(-0.5, -0.5)}, kBlack);
}

}  // namespace

bool Pendulum::draw(std::size_t row, const ActionView& last, Picture& picture) const {
  constexpr Color kRod{204, 77, 77};
  constexpr double kHalfWidth = 0.1 * kScale;

  const double angle = state(row).theta + std::acos(0.0);
  const Spot axle{kSide / 2, kSide / 2};
  const Spot end{axle.x + kScale * std::cos(angle), axle.y + kScale * std::sin(angle)};
  Sketch sketch(picture, kSide, kSide, kWhite);
  sketch.box(0.0, kScale, -kHalfWidth, kHalfWidth, angle, axle, kRod);
  sketch.disc(axle, kHalfWidth, kRod);
  sketch.disc(end, kHalfWidth, kRod);
  if (row < last.continuous().rows) {
    const double most = parameters(config().physics, row)[2];
    draw_torque(sketch, axle,
                std::clamp(static_cast<double>(last.continuous()(row, 0)), -most, most));
  }
  sketch.disc(axle, 0.05 * kScale, kBlack);
  return true;
}

}  // namespace pavlov::envs
