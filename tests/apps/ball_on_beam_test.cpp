#include "pavlov/apps/examples/ball_on_beam.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/tests/apps/run_example.h"
#include "pavlov/tests/envs/conformance.h"

namespace pavlov::examples {
namespace {

std::unique_ptr<envs::VecEnv> make(const envs::VecOptions& options) {
  return envs::make_vec([] { return std::make_unique<BallOnBeam>(); }, options);
}

// Observations of an episode under a fixed pattern of actions, as bits, to its end.
std::vector<std::uint32_t> episode(BallOnBeam& env, std::uint64_t seed) {
  kernels::Pcg64 random(seed);
  std::vector<std::uint32_t> bits;
  env.reset(random);
  bool terminated = false;
  for (int step = 0; step < 400 && !terminated; ++step) {
    float observation[3];
    env.observe(observation);
    for (const float value : observation) bits.push_back(std::bit_cast<std::uint32_t>(value));
    terminated = env.step({.discrete = step / 7 % 3, .continuous = {}}, random).terminated;
  }
  return bits;
}

TEST(BallOnBeam, Conforms) { envs::check_conformance(make, false); }

TEST(BallOnBeam, AnEpisodeDoesNotDependOnEarlierOnes) {
  BallOnBeam fresh, used;
  for (const std::uint64_t seed : {7, 8, 9}) episode(used, seed);
  const std::vector<std::uint32_t> first = episode(fresh, 5);
  EXPECT_GT(first.size(), 60u);
  EXPECT_EQ(episode(used, 5), first);
  EXPECT_NE(episode(used, 6), first);
}

TEST(BallOnBeam, TheBallRollsDown) {
  BallOnBeam env;
  kernels::Pcg64 random(1);
  for (const std::int32_t action : {0, 2}) {
    env.reset(random);
    float observation[3];
    int steps = 0;
    while (!env.step({.discrete = action, .continuous = {}}, random).terminated) ++steps;
    env.observe(observation);
    EXPECT_GT(steps, 20);
    EXPECT_LT(steps, 200);
    // Tilted clockwise (negative angles) the right end is the lower one.
    EXPECT_EQ(observation[2] < 0.0f, action == 0);
    EXPECT_EQ(observation[0] > 0.0f, action == 0);
  }
}

TEST(BallOnBeam, ExampleRuns) { expect_runs("box2d_env"); }

TEST(SlowExamples, DqnLearnsBallOnBeam) {
  const ExampleOutput learned = run_example("box2d_env");
  EXPECT_LT(learned.before, 200.0) << learned.out;
  EXPECT_GT(learned.after, 330.0) << learned.out;
}

}  // namespace
}  // namespace pavlov::examples
