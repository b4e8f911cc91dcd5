// make_vec: a user's environments of other kinds than walk.h, and environments that misbehave.
#include <gtest/gtest.h>

#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/envs/conformance.h"
#include "pavlov/envs/env.h"
#include "pavlov/kernels/check.h"
#include "pavlov/tests/envs/states_and_errors.h"
#include "pavlov/tests/envs/walk.h"

namespace pavlov::envs {
namespace {

// Continuous actions, an end of its own that is no failure, no archives.
class Drift final : public Env {
 public:
  const EnvSpec& spec() const override {
    static const EnvSpec spec = {.id = "Drift-v0",
                                 .observation_space = {{-100.0f, -1.0f}, {100.0f, 1.0f}},
                                 .action_space = Box{{-1.0f, 0.0f}, {1.0f, 2.0f}},
                                 .max_episode_steps = 0,
                                 .reward_threshold = {},
                                 .render_fps = 10};
    return spec;
  }
  void reset(kernels::Pcg64& random) override {
    y_ = static_cast<float>(random.uniform(-1, 1));
    x_ = 0;
  }
  Transition step(const Action& action, kernels::Pcg64&) override {
    x_ += action.continuous[1];
    y_ = action.continuous[0];
    return {.reward = -std::abs(y_), .terminated = false, .truncated = x_ > 20};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = x_;
    observation[1] = y_;
  }

 private:
  float x_ = 0, y_ = 0;
};

EnvFactory drift() {
  return [] { return std::make_unique<Drift>(); };
}

TEST(UserEnv, WithContinuousActionsConforms) {
  check_conformance([](const VecOptions& options) { return make_vec(drift(), options); }, false);
}

TEST(UserEnv, TruncationOfItsOwnIsNoTermination) {
  const auto env = make_vec(drift(), {.num_envs = 2});
  env->reset(std::uint64_t{1});
  const std::vector<float> fast = {0.0f, 2.0f, 0.0f, 1.0f};
  for (int t = 1; t <= 11; ++t) {
    const StepView step = env->step(ConstMatrixView(fast.data(), 2, 2));
    EXPECT_EQ(step.truncated[0], t == 11);
    EXPECT_EQ(step.truncated[1], 0);
    EXPECT_EQ(step.terminated[0] + step.terminated[1], 0);
  }
}

TEST(UserEnv, ActionsOutsideOfABoxAreNamed) {
  const auto env = make_vec(drift(), {.num_envs = 2});
  env->reset(std::uint64_t{1});
  const std::vector<float> outside = {0.0f, 1.0f, -1.5f, 1.0f};
  EXPECT_EQ(error_of<std::exception>([&] { env->step(ConstMatrixView(outside.data(), 2, 2)); }),
            "[Drift-v0] step: action -1.5 of environment 1, dimension 0: must be in [-1, 1]");
  // Rows of a wider matrix.
  const std::vector<float> wide = {0.0f, 1.0f, 9.0f, 0.5f, 1.0f, 9.0f};
  const StepView step = env->step(ConstMatrixView(wide.data(), 2, 2, 3));
  EXPECT_EQ(step.observation(1, 1), 0.5f);
}

// Shows the last action as its observation.
class Echo final : public Env {
 public:
  const EnvSpec& spec() const override {
    static const EnvSpec spec = {.id = "Echo-v0",
                                 .observation_space = {{-100.0f}, {100.0f}},
                                 .action_space = Box{{-1.0f}, {1.0f}},
                                 .max_episode_steps = 0,
                                 .reward_threshold = {},
                                 .render_fps = 10,
                                 .clips_actions = true};
    return spec;
  }
  void reset(kernels::Pcg64&) override { last_ = 0.0f; }
  Transition step(const Action& action, kernels::Pcg64&) override {
    last_ = action.continuous[0];
    return {};
  }
  void observe(std::span<float> observation) const override { observation[0] = last_; }

 private:
  float last_ = 0.0f;
};

TEST(UserEnv, ThatClipsItselfGetsEveryFiniteAction) {
  for (const std::size_t n : {1, 40}) {
    const auto env = make_vec([] { return std::make_unique<Echo>(); }, {.num_envs = n});
    env->reset(std::uint64_t{1});
    std::vector<float> actions(2 * n, 0.5f);
    actions[n - 1] = -7.5f;
    EXPECT_EQ(env->step(ConstMatrixView(actions.data(), n, 1)).observation(n - 1, 0), -7.5f);
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      for (const std::size_t stride : {1, 2}) {
        actions.assign(2 * n, 0.5f);
        actions[(n - 1) * stride] = bad;
        EXPECT_EQ(error_of<std::exception>(
                      [&] { env->step(ConstMatrixView(actions.data(), n, 1, stride)); }),
                  "[Echo-v0] step: action " + kernels::number_text(bad) + " of environment " +
                      std::to_string(n - 1) + ", dimension 0: must be finite");
      }
    }
  }
}

TEST(UserEnv, WithoutSaveSaysSo) {
  const auto env = make_vec(drift(), {});
  env->reset(std::uint64_t{1});
  StateWriter out;
  EXPECT_EQ(error_of<std::exception>([&] { env->save(out); }),
            "[Drift-v0] save: this environment has no save; override Env::save and Env::load");
}

// Gives a bad number or throws on the third step of environment 66.
class Broken final : public Env {
 public:
  Broken(int kind, bool mine) : kind_(mine ? kind : 0) {}
  const EnvSpec& spec() const override {
    static const EnvSpec spec = {.id = "Broken-v0",
                                 .observation_space = {{0.0f}, {9.0f}},
                                 .action_space = Discrete{1},
                                 .max_episode_steps = 0,
                                 .reward_threshold = {},
                                 .render_fps = 10};
    return spec;
  }
  void reset(kernels::Pcg64&) override { t_ = 0; }
  Transition step(const Action&, kernels::Pcg64&) override {
    const bool now = ++t_ == 3;
    if (now && kind_ == 3) throw std::runtime_error("out of fuel");
    return {.reward = now && kind_ == 1 ? std::numeric_limits<double>::infinity() : 0.0,
            .terminated = false,
            .truncated = false};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = t_ == 3 && kind_ == 2 ? std::nanf("") : 0.0f;
  }

 private:
  int kind_, t_ = 0;
};

TEST(UserEnv, NumbersThatAreNotFiniteNameTheEnvironment) {
  const std::string expected[] = {
      "", "[Broken-v0] reward inf of environment 66: must be finite",
      "[Broken-v0] observation 0 of environment 66 is nan: must be finite", "out of fuel"};
  for (const std::size_t threads : {1, 3}) {
    for (int kind = 1; kind <= 3; ++kind) {
      int made = 0;
      const auto env = make_vec([&] { return std::make_unique<Broken>(kind, made++ == 66); },
                                {.num_envs = 200, .threads = threads});
      env->reset(std::uint64_t{1});
      const std::vector<std::int32_t> zero(200, 0);
      env->step(zero);
      env->step(zero);
      EXPECT_EQ(error_of<std::exception>([&] { env->step(zero); }), expected[kind]);
      // The batch is out of step: only a reset leads on.
      EXPECT_NE(error_of<std::exception>([&] { env->step(zero); }).find("call reset first"),
                std::string::npos);
      env->reset(std::uint64_t{1});
      EXPECT_EQ(error_of<std::exception>([&] { env->step(zero); }), "");
    }
  }
}

// A Walk whose load throws from the second call on.
class LoadsOnce final : public Env {
 public:
  const EnvSpec& spec() const override { return walk_.spec(); }
  void reset(kernels::Pcg64& random) override { walk_.reset(random); }
  Transition step(const Action& action, kernels::Pcg64& random) override {
    return walk_.step(action, random);
  }
  void observe(std::span<float> observation) const override { walk_.observe(observation); }
  void save(StateWriter& out) const override { walk_.save(out); }
  void load(StateReader& in) override {
    if (++loads_ > 1) throw std::runtime_error("load " + std::to_string(loads_) + " of one");
    walk_.load(in);
  }

 private:
  Walk walk_;
  int loads_ = 0;
};

// Nothing can bring the old state back, so the batch must not go on as if it were there.
TEST(UserEnv, LoadThatFailsOnTheWayBackWantsAReset) {
  const auto env = make_vec([] { return std::make_unique<LoadsOnce>(); }, {.num_envs = 3});
  const std::vector<std::int32_t> right(3, 1);
  env->reset(std::uint64_t{1});
  StateWriter state;
  env->save(state);
  const auto load = [&] {
    StateReader in(state.bytes());
    env->load(in);
  };
  EXPECT_EQ(error_of<std::exception>(load), "");
  EXPECT_EQ(error_of<std::exception>([&] { env->step(right); }), "");
  EXPECT_EQ(error_of<std::exception>(load), "load 3 of one");
  EXPECT_NE(error_of<std::exception>([&] { env->step(right); }).find("call reset first"),
            std::string::npos);
  env->reset(std::uint64_t{1});
  EXPECT_EQ(error_of<std::exception>([&] { env->step(right); }), "");
}

// A Walk without a time limit whose load, where armed, reads its part and throws then.
class LoadsAndThrows final : public Env {
 public:
  explicit LoadsAndThrows(const std::function<void()>* arm) : arm_(arm) {
    spec_ = walk_.spec();
    spec_.max_episode_steps = 0;
  }
  const EnvSpec& spec() const override { return spec_; }
  void reset(kernels::Pcg64& random) override { walk_.reset(random); }
  Transition step(const Action& action, kernels::Pcg64& random) override {
    return walk_.step(action, random);
  }
  void observe(std::span<float> observation) const override { walk_.observe(observation); }
  void save(StateWriter& out) const override { walk_.save(out); }
  void load(StateReader& in) override {
    walk_.load(in);
    if (*arm_) (*arm_)();
  }

 private:
  EnvSpec spec_;
  Walk walk_;
  const std::function<void()>* arm_;
};

// Of whatever type: the old state is put back first. Errors in the user's logic become
// runtime_error, as VecEnv::load promises; all others keep their type.
TEST(UserEnv, LoadThatThrowsLeavesTheOldState) {
  std::function<void()> arm;
  const auto make_one = [&](std::uint64_t seed) {
    auto env = make_vec([&] { return std::make_unique<LoadsAndThrows>(&arm); }, {.num_envs = 3});
    env->reset(seed);
    for (int t = 0; t < 3; ++t) env->step(std::vector<std::int32_t>(3, 1));
    return env;
  };
  const auto env = make_one(1);
  const std::vector<std::byte> before = state_of(*env), other = state_of(*make_one(2));
  ASSERT_NE(before, other);
  const auto load = [&](auto error) {
    int calls = 0;
    arm = [&arm, calls, error]() mutable {
      if (++calls < 2) return;
      const auto thrown = error;
      arm = nullptr;  // destroys this function
      throw thrown;
    };
    StateReader in(other);
    env->load(in);
  };
  EXPECT_EQ(error_of<std::runtime_error>([&] { load(std::runtime_error("empty")); }), "empty");
  EXPECT_EQ(state_of(*env), before);
  EXPECT_EQ(error_of<std::runtime_error>([&] { load(std::out_of_range("beyond")); }), "beyond");
  EXPECT_EQ(state_of(*env), before);
  EXPECT_THROW(load(std::bad_alloc()), std::bad_alloc);
  EXPECT_EQ(state_of(*env), before);
  EXPECT_THROW(load(7), int);
  EXPECT_EQ(state_of(*env), before);
  env->step(std::vector<std::int32_t>(3, 1));
}

TEST(UserEnv, WithoutATimeLimitArchivesHaveNoDeadline) {
  const std::function<void()> disarmed;
  const auto env =
      make_vec([&] { return std::make_unique<LoadsAndThrows>(&disarmed); }, {.num_envs = 3});
  env->reset(std::uint64_t{1});
  const std::vector<std::byte> state = state_of(*env);
  const std::size_t deadlines = 9 + 3 * sizeof(kernels::Pcg64::State);
  EXPECT_EQ(load_error(*env, with_value(state, deadlines + 8, std::int64_t{5})),
            "[Walk-v0] load: deadline 5: must be 2^63 - 1, without a time limit");
  EXPECT_EQ(state_of(*env), state);
}

class BadSpec final : public Env {
 public:
  explicit BadSpec(EnvSpec spec) : spec_(std::move(spec)) {}
  const EnvSpec& spec() const override { return spec_; }
  void reset(kernels::Pcg64&) override {}
  Transition step(const Action&, kernels::Pcg64&) override { return {}; }
  void observe(std::span<float>) const override {}

 private:
  EnvSpec spec_;
};

TEST(UserEnv, BadSpecsAndFactories) {
  const auto spec_error = [](EnvSpec spec) {
    return error_of<std::exception>(
        [&] { make_vec([&] { return std::make_unique<BadSpec>(spec); }, {}); });
  };
  EnvSpec good;
  good.id = "X-v0";
  good.observation_space = {{0.0f}, {1.0f}};
  good.action_space = Discrete{2};
  EXPECT_EQ(spec_error(good), "");
  EnvSpec spec = good;
  spec.observation_space = {};
  EXPECT_NE(spec_error(spec).find("[X-v0] observation space"), std::string::npos);
  spec = good;
  spec.observation_space = {{1.0f}, {0.0f}};
  EXPECT_NE(spec_error(spec).find("low must not exceed high"), std::string::npos);
  spec = good;
  spec.action_space = Discrete{0};
  EXPECT_NE(spec_error(spec).find("Discrete(0)"), std::string::npos);
  spec = good;
  spec.action_space = Box{{0.0f}, {}};
  EXPECT_NE(spec_error(spec).find("[X-v0] action space"), std::string::npos);
  spec = good;
  spec.max_episode_steps = -3;
  EXPECT_NE(spec_error(spec).find("max_episode_steps -3"), std::string::npos);
  EXPECT_NE(error_of<std::exception>([] {
              make_vec([] { return std::unique_ptr<Env>(); }, {});
            }).find("gave no environment"),
            std::string::npos);
}

}  // namespace
}  // namespace pavlov::envs
