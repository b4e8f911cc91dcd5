#include "pavlov/tests/envs/conformance/parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/envs/conformance/actions.h"
#include "pavlov/tests/envs/conformance/record.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs::conformance {
namespace {

// Outside its bounds a continuous action is refused, or clipped by the environment where the spec
// says so; NaN and infinities are refused always.
void check_box_actions(VecEnv& env, RandomActions& actions, bool can_save) {
  const auto* box = std::get_if<Box>(&env.spec().action_space);
  if (box == nullptr) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool clips = env.spec().clips_actions;
  for (std::size_t a = 0; a < box->size(); ++a) {
    const std::string place = "of environment 1, dimension " + std::to_string(a);
    std::vector<float> refused = {kInfinity, -kInfinity, std::nanf("")};
    std::vector<float> accepted = {std::max(box->low[a], -1e3f), std::min(box->high[a], 1e3f)};
    std::vector<float>& outside = clips ? accepted : refused;
    if (box->high[a] < 1e30f) outside.push_back(std::nextafter(box->high[a], kInfinity));
    if (box->low[a] > -1e30f) outside.push_back(std::nextafter(box->low[a], -kInfinity));
    if (clips) outside.push_back(1e6f);
    for (const float value : refused) {
      const std::vector<std::byte> before = can_save ? state_of(env) : std::vector<std::byte>();
      const std::string error = error_of([&] { env.step(actions.with(1, a, value)); });
      EXPECT_NE(error.find(place), std::string::npos) << value << ": " << error;
      EXPECT_TRUE(!can_save || state_of(env) == before);
    }
    for (const float value : accepted) {
      EXPECT_NO_THROW({
        const Record record(env.step(actions.with(1, a, value)));
        for (const float o : record.observation) EXPECT_TRUE(std::isfinite(o));
        for (const double r : record.reward) EXPECT_TRUE(std::isfinite(r));
      }) << value;
    }
  }
}

}  // namespace

void check_errors(const MakeVecEnv& make, bool can_save) {
  const auto env = make({.num_envs = 4});
  const std::string prefix = "[" + env->spec().id + "] ";
  RandomActions actions(*env, 7);
  const auto expect_error = [&](const std::string& error, const std::string& part) {
    EXPECT_EQ(error.rfind(prefix, 0), 0u) << error;
    EXPECT_NE(error.find(part), std::string::npos) << error;
  };
  expect_error(error_of([&] { env->step(actions.next()); }), "call reset first");
  env->reset(kSeed);
  const std::vector<std::byte> before = can_save ? state_of(*env) : std::vector<std::byte>();
  expect_error(error_of([&] { env->step(actions.wrong_at(2)); }), "of environment 2");
  expect_error(error_of([&] { env->step(actions.short_by_one()); }), "must be");
  expect_error(error_of([&] { env->reset(std::vector<std::uint64_t>{1, 2}); }), "seeds");
  expect_error(error_of([&] { env->reset(std::vector<std::uint8_t>{1}); }), "mask");
  expect_error(error_of([&] { env->reset(std::vector<std::uint8_t>(4, 0)); }), "mask");
  // Actions of the other kind.
  if (std::holds_alternative<Discrete>(env->spec().action_space)) {
    const std::vector<float> values(4, 0.0f);
    expect_error(error_of([&] { env->step(ConstMatrixView(values.data(), 4, 1)); }),
                 "discrete actions");
  } else {
    expect_error(error_of([&] { env->step(std::vector<std::int32_t>(4, 0)); }),
                 "continuous actions");
  }
  EXPECT_TRUE(!can_save || state_of(*env) == before);
  EXPECT_NO_THROW(env->step(actions.next()));
  check_box_actions(*env, actions, can_save);
  EXPECT_THROW(make({.num_envs = 0}), std::invalid_argument);
  EXPECT_THROW(make({.num_envs = 1, .threads = 0}), std::invalid_argument);
  EXPECT_THROW(make({.num_envs = 1, .max_episode_steps = -1}), std::invalid_argument);
}

}  // namespace pavlov::envs::conformance
