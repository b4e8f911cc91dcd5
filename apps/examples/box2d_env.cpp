// A simulation of one's own on Box2D, learned by DQN:   box2d_env [steps] [seed]
#include <memory>

#include "pavlov/apps/examples/ball_on_beam.h"
#include "pavlov/apps/examples/learn.h"

int main(int argc, char** argv) {
  const pavlov::agents::DqnConfig dqn = {.hidden = {64, 64},
                                         .learning_rate = 1e-3,
                                         .target_update_interval = 500,
                                         .exploration_fraction = 0.3};
  const pavlov::agents::OffPolicyConfig training = {.total_steps = 40000,
                                                    .learning_starts = 1000,
                                                    .batch_size = 64,
                                                    .replay = {.buffer_size = 40000}};
  const auto make = [] { return std::make_unique<pavlov::examples::BallOnBeam>(); };
  return pavlov::examples::learn_main(argc, argv, make, dqn, training);
}
