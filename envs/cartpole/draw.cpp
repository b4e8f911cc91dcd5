// The picture of Gymnasium 1.4, CartPoleEnv.render.
#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/sketch.h"

namespace pavlov::envs {

bool CartPole::draw(std::size_t row, const ActionView&, Picture& picture) const {
  constexpr double kWidth = 600, kHeight = 400;
  constexpr double kScale = kWidth / (2 * cartpole::kPositionLimit);  // pixels per m
  constexpr double kCartWidth = 50, kCartHeight = 30, kPoleWidth = 10, kTrack = 100;
  constexpr Color kWood{202, 152, 101}, kAxle{129, 132, 203};

  const CartPoleState s = state(row);
  const double pole_length = kScale * 2 * of_environment(row, config().physics).length.value();
  const Spot cart{s.x * kScale + kWidth / 2, kTrack};
  const Spot axle{cart.x, cart.y + kCartHeight / 4};
  Sketch sketch(picture, kWidth, kHeight, kWhite);
  sketch.box(-kCartWidth / 2, kCartWidth / 2, -kCartHeight / 2, kCartHeight / 2, 0.0, cart, kBlack);
  sketch.box(-kPoleWidth / 2, kPoleWidth / 2, -kPoleWidth / 2, pole_length - kPoleWidth / 2,
             -s.theta, axle, kWood);
  sketch.disc(axle, kPoleWidth / 2, kAxle);
  sketch.line({-kBeyond, kTrack}, {kWidth + kBeyond, kTrack}, kBlack);
  return true;
}

}  // namespace pavlov::envs
