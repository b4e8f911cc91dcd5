// An environment of one's own, learned by DQN:   custom_env [steps] [seed]
//
// The environment is hover.h, the training learn.cpp; this is what ties them together.
#include <memory>

#include "pavlov/apps/examples/hover.h"
#include "pavlov/apps/examples/learn.h"

int main(int argc, char** argv) {
  const pavlov::agents::DqnConfig dqn = {.hidden = {64, 64},
                                         .learning_rate = 1e-3,
                                         .target_update_interval = 500,
                                         .exploration_fraction = 0.3};
  const pavlov::agents::OffPolicyConfig training = {.total_steps = 20000,
                                                    .learning_starts = 500,
                                                    .batch_size = 64,
                                                    .replay = {.buffer_size = 20000}};
  const auto make = [] { return std::make_unique<pavlov::examples::Hover>(); };
  return pavlov::examples::learn_main(argc, argv, make, dqn, training);
}
