// Acrobot's widest resets: what is refused, and that the steps from there stay finite.
#include "pavlov/envs/acrobot/acrobot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

constexpr double kWidest = 1e4;

std::string text_error(const std::string& low, const std::string& high) {
  const std::vector<EnvOption> options = {{"reset_low", low}, {"reset_high", high}};
  return error_of([&] { make("Acrobot-v1", {}, options); });
}

std::string program_error(double low, double high) {
  AcrobotConfig config;
  config.reset_low = low;
  config.reset_high = high;
  return error_of([&] { Acrobot(config, {}); });
}

TEST(AcrobotResets, WiderBoundsAreRefused) {
  const std::string rule = ": must be a number in [-10000, 10000]";
  EXPECT_EQ(text_error("-10001", "0"), "[Acrobot-v1] option reset_low -10001" + rule);
  EXPECT_EQ(text_error("0", "1e5"), "[Acrobot-v1] option reset_high 1e5" + rule);
  EXPECT_EQ(program_error(-10001, 0), "[Acrobot-v1] option reset_low -10001" + rule);
  EXPECT_EQ(program_error(0, 1e5), "[Acrobot-v1] option reset_high 1e+05" + rule);
  EXPECT_NE(program_error(0, std::nextafter(kWidest, 2e4)), "");
  EXPECT_NE(program_error(std::nextafter(-kWidest, -2e4), 0), "");
  EXPECT_EQ(text_error("-10000", "10000"), "");
  EXPECT_EQ(program_error(-kWidest, kWidest), "");
}

bool all_finite(const Acrobot& env, const StepView& step) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    const AcrobotState s = env.state(i);
    for (const double value : {s.theta1, s.theta2, s.theta1_dot, s.theta2_dot, step.reward[i]}) {
      if (!std::isfinite(value)) return false;
    }
    for (const float value : step.observation.row(i)) {
      if (!std::isfinite(value)) return false;
    }
  }
  return true;
}

// Inside one Runge-Kutta step velocities are squared again and again, before its end clips them:
// from 1e6 on float32 would overflow.
TEST(AcrobotResets, FirstStepsFromTheWidestAreFinite) {
  constexpr std::size_t kEnvs = 1000;
  for (const std::string_view target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      for (const Spread& bounds : {Spread(-kWidest, kWidest), Spread(kWidest), Spread(-kWidest)}) {
        SCOPED_TRACE(std::string(target) + (precision == Precision::float32 ? " float32 " : " ") +
                     to_string(bounds));
        AcrobotConfig config;
        config.reset_low = bounds.low;
        config.reset_high = bounds.high;
        config.lanes.precision = precision;
        Acrobot env(config, {.num_envs = kEnvs});
        env.reset(std::uint64_t{11});
        std::vector<std::int32_t> actions(kEnvs);
        for (std::size_t t = 0; t < 5; ++t) {
          for (std::size_t i = 0; i < kEnvs; ++i) {
            actions[i] = static_cast<std::int32_t>((i + t) % 3);
          }
          ASSERT_TRUE(all_finite(env, env.step(actions))) << "step " << t;
        }
      }
    }
  }
  kernels::force_simd_target("");
}

}  // namespace
}  // namespace pavlov::envs
