// BallOnBeam: tilt a beam so that the ball that rolls on it stays in the middle. Simulated by
// Box2D: a simulation with a world of its own as an environment.
//
// Observation (3): position of the ball along the beam (of half its length), its velocity along the
// beam (of 5 m/s), angle of the beam (of the largest).
// Actions: 0 tilts clockwise, 1 holds still, 2 tilts the other way, with 1 rad/s for 1/50 s.
// Reward: 1 with the ball in the middle, falling linearly to 0 at the ends. Terminated: the ball
// has left the beam. Truncated: after 400 steps.
//
// Every reset builds a new world, so an episode depends on its random stream and actions alone, and
// no two environments share a world. Box2D does not show all of its state (the impulses that warm
// its solver up), so there is no save and load.
#pragma once

#include <memory>
#include <span>

#include "pavlov/envs/env.h"

namespace pavlov::examples {

class BallOnBeam final : public envs::Env {
 public:
  BallOnBeam();
  ~BallOnBeam() override;

  const envs::EnvSpec& spec() const override;
  void reset(kernels::Pcg64& random) override;
  envs::Transition step(const envs::Action& action, kernels::Pcg64& random) override;
  void observe(std::span<float> observation) const override;

 private:
  struct Scene;  // the world and its bodies: Box2D stays out of this header
  std::unique_ptr<Scene> scene_;
};

}  // namespace pavlov::examples
