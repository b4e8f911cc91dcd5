// The picture of Gymnasium 1.4, AcrobotEnv.render; the links are drawn 1 m long, as there.
#include <cmath>

#include "pavlov/envs/acrobot/acrobot.h"
#include "pavlov/envs/sketch.h"

namespace pavlov::envs {

bool Acrobot::draw(std::size_t row, const ActionView&, Picture& picture) const {
  constexpr double kSide = 500, kBound = 2.2;            // pixels, m
  constexpr double kScale = kSide / (2 * kBound);        // pixels per m
  constexpr double kMiddle = kSide / 2, kLink = kScale;  // pixels
  constexpr double kRadius = 11;                         // of a joint: 0.1 m, in whole pixels
  constexpr Color kArm{0, 204, 204}, kJoint{204, 204, 0};

  const AcrobotState s = state(row);
  const double down = -std::acos(0.0);  // a quarter turn: angle 0 hangs
  const double first = s.theta1 + down, second = first + s.theta2;
  const Spot shoulder{kMiddle, kMiddle};
  const Spot elbow{kMiddle + kLink * std::cos(first), kMiddle + kLink * std::sin(first)};
  Sketch sketch(picture, kSide, kSide, kWhite);
  sketch.line({-kBeyond, kMiddle + kScale}, {kSide + kBeyond, kMiddle + kScale}, kBlack);
  sketch.box(0.0, kLink, -0.1 * kScale, 0.1 * kScale, first, shoulder, kArm);
  sketch.disc(shoulder, kRadius, kJoint);
  sketch.box(0.0, kLink, -0.1 * kScale, 0.1 * kScale, second, elbow, kArm);
  sketch.disc(elbow, kRadius, kJoint);
  return true;
}

}  // namespace pavlov::envs
