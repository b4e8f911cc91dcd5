// PixelCartPole: CartPole-v1 seen as pictures, for networks that look.
//
// Observation (2 * 24 * 32): two frames of 24 rows and 32 columns, grey in [0, 1], row-major from
// the top left: first the one before, then the present one, so that velocities show. After a reset
// both are the first. The game, its actions, reward and ends are CartPole-v1's.
//
// A frame is 4.8 m wide, as the track is; the cart is a bar at the bottom, the pole a line on it.
// Edges are drawn by how much of a pixel they cover: a motion of a tenth of a pixel shows.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "pavlov/envs/env.h"

namespace pavlov::examples {

class PixelCartPole final : public envs::Env {
 public:
  static constexpr std::size_t kRows = 24, kColumns = 32, kFrames = 2;
  using Frame = std::array<float, kRows * kColumns>;

  PixelCartPole();

  const envs::EnvSpec& spec() const override;
  void reset(kernels::Pcg64& random) override;
  envs::Transition step(const envs::Action& action, kernels::Pcg64& random) override;
  void observe(std::span<float> observation) const override;
  void save(envs::StateWriter& out) const override;
  void load(envs::StateReader& in) override;

 private:
  std::unique_ptr<envs::VecEnv> game_;  // one CartPole-v1
  Frame before_{};
  Frame now_{};
};

// The picture of a cart at `position` (m) whose pole leans by `angle` (rad).
PixelCartPole::Frame draw_frame(float position, float angle);

}  // namespace pavlov::examples
