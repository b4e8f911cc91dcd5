// The example of an environment of one's own; ball_on_beam_test.cpp is its twin for Box2D.
#include <gtest/gtest.h>

#include <memory>

#include "pavlov/apps/examples/hover.h"
#include "pavlov/tests/apps/run_example.h"
#include "pavlov/tests/envs/conformance.h"

namespace pavlov::examples {
namespace {

TEST(Hover, Conforms) {
  envs::check_conformance([](const envs::VecOptions& options) {
    return envs::make_vec([] { return std::make_unique<Hover>(); }, options);
  });
}

TEST(Hover, ExampleRuns) { expect_runs("custom_env"); }

TEST(SlowExamples, DqnLearnsHover) {
  const ExampleOutput learned = run_example("custom_env");
  EXPECT_LT(learned.before, 50.0) << learned.out;
  EXPECT_GT(learned.after, 170.0) << learned.out;
}

}  // namespace
}  // namespace pavlov::examples
