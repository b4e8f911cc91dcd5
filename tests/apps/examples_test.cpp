// The example of an environment of one's own; ball_on_beam_test.cpp is its twin for Box2D.
#include <gtest/gtest.h>

#include <memory>
#include <span>

#include "pavlov/apps/examples/hover.h"
#include "pavlov/apps/examples/learn.h"
#include "pavlov/tests/apps/run_example.h"
#include "pavlov/tests/envs/conformance.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::examples {
namespace {

TEST(Hover, Conforms) {
  envs::check_conformance([](const envs::VecOptions& options) {
    return envs::make_vec([] { return std::make_unique<Hover>(); }, options);
  });
}

TEST(Hover, ExampleRuns) { expect_runs("custom_env"); }

// Hover with an engine that can be throttled.
class Throttle final : public envs::Env {
 public:
  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec = [] {
      envs::EnvSpec s = Hover().spec();
      s.id = "Throttle-v0";
      s.action_space = envs::Box{{0.0f}, {1.0f}};
      return s;
    }();
    return spec;
  }
  void reset(kernels::Pcg64& random) override { hover_.reset(random); }
  envs::Transition step(const envs::Action& action, kernels::Pcg64& random) override {
    return hover_.step({.discrete = action.continuous[0] > 0.5f, .continuous = {}}, random);
  }
  void observe(std::span<float> observation) const override { hover_.observe(observation); }

 private:
  Hover hover_;
};

TEST(Learn, WantsDiscreteActions) {
  EXPECT_EQ(envs::error_of([] { learn([] { return std::make_unique<Throttle>(); }, {}, {}, 1); }),
            "[learn] Throttle-v0: actions Box([0], [1]): must be Discrete for DQN");
}

TEST(SlowExamples, DqnLearnsHover) {
  const ExampleOutput learned = run_example("custom_env");
  EXPECT_LT(learned.before, 50.0) << learned.out;
  EXPECT_GT(learned.after, 170.0) << learned.out;
}

}  // namespace
}  // namespace pavlov::examples
