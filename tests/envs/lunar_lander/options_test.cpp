// LunarLander's options: what is refused, what each one changes, and the registered facts.
#include "pavlov/envs/lunar_lander/lunar_lander.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "pavlov/envs/catalog.h"

namespace pavlov::envs::lunar_lander {
namespace {

std::unique_ptr<LunarLander> make_lander(std::string_view id, const VecOptions& options,
                                         const LunarLanderConfig& config = {}) {
  return std::make_unique<LunarLander>(lunar_lander_spec(id), config, options);
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string option_error(const std::string& name, const std::string& value) {
  const std::vector<EnvOption> options = {{name, value}};
  return error_of([&] { make("LunarLander-v3", {}, options); });
}

TEST(LanderOptions, WrongValuesAreRefused) {
  for (const char* gravity : {"0", "-12", "-13", "1", "nan", "-12:-5", "-5:0", "-5:-9", "x"}) {
    EXPECT_EQ(option_error("gravity", gravity).rfind("[LunarLander-v3] option gravity", 0), 0u)
        << gravity;
  }
  EXPECT_EQ(option_error("gravity", "-11.999999"), "");
  EXPECT_EQ(option_error("gravity", "-0.000001"), "");
  for (const auto& [name, value] : {std::pair{"wind_power", "20.5"},
                                    {"wind_power", "-1"},
                                    {"turbulence_power", "2.1"},
                                    {"turbulence_power", "-0.1"},
                                    {"main_engine_power", "-1"},
                                    {"side_engine_power", "inf"},
                                    {"initial_random", "-5"},
                                    {"dispersion", "1e9"},
                                    {"engine", "bullet"},
                                    {"enable_wind", "maybe"}}) {
    EXPECT_NE(option_error(name, value), "") << name << " " << value;
  }
  EXPECT_NE(option_error("gravty", "-10").find("gravity"), std::string::npos);
}

TEST(LanderOptions, ConfigurationsOfProgramsAreCheckedToo) {
  LunarLanderConfig config;
  config.gravity = 3.0;
  EXPECT_THROW(make_lander("LunarLander-v3", {}, config), std::invalid_argument);
  config = {};
  config.wind_power = std::nan("");
  EXPECT_THROW(make_lander("LunarLander-v3", {}, config), std::invalid_argument);
}

TEST(LanderOptions, HelpTextNamesThemAll) {
  const std::vector<std::string> lines = describe_options("LunarLander-v3");
  for (const char* name :
       {"enable_wind", "gravity", "wind_power", "turbulence_power", "main_engine_power",
        "side_engine_power", "initial_random", "dispersion", "engine"}) {
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.rfind(std::string(name) + " (", 0) == 0;
    })) << name;
  }
}

// Plays 60 steps with all engines in turn and returns the last observations.
std::vector<float> played(const std::vector<EnvOption>& options, std::size_t n = 1) {
  const auto env = make("LunarLander-v3", {.num_envs = n}, options);
  env->reset(std::vector<std::uint64_t>(n, 3));
  for (int t = 0; t < 40; ++t) env->step(std::vector<std::int32_t>(n, t % 4));
  const StepView last = env->step(std::vector<std::int32_t>(n, 0));
  return {last.observation.data, last.observation.data + 8 * n};
}

TEST(LanderOptions, EveryOneHasAnEffect) {
  const std::vector<float> plain = played({});
  EXPECT_EQ(played({{"gravity", "-10"}, {"dispersion", "1"}, {"engine", "exact"}}), plain);
  EXPECT_EQ(played({{"wind_power", "3"}, {"turbulence_power", "1"}}), plain) << "without wind";
  for (const auto& [name, value] : {std::pair{"gravity", "-9"},
                                    {"enable_wind", "true"},
                                    {"main_engine_power", "12"},
                                    {"side_engine_power", "0.5"},
                                    {"initial_random", "999"},
                                    {"dispersion", "0.9"}}) {
    EXPECT_NE(played({{name, value}}), plain) << name;
  }
  const std::vector<float> windy = played({{"enable_wind", "true"}});
  EXPECT_EQ(played({{"enable_wind", "true"}, {"wind_power", "15"}}), windy);
  EXPECT_NE(played({{"enable_wind", "true"}, {"wind_power", "14"}}), windy);
  EXPECT_NE(played({{"enable_wind", "true"}, {"turbulence_power", "1"}}), windy);
}

// A range gives environment i what a fixed value of that size gives it.
TEST(LanderOptions, RangesVaryByEnvironment) {
  const std::size_t n = 20;
  for (const std::string name : {"gravity", "main_engine_power"}) {
    const Spread spread = name == "gravity" ? Spread(-11.0, -6.0) : Spread(10.0, 16.0);
    const std::vector<float> all = played({{name, to_string(spread)}}, n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::vector<float> one = played({{name, number_text(spread.value(name, i))}});
      ASSERT_TRUE(std::equal(one.begin(), one.end(), all.begin() + static_cast<long>(8 * i))) << i;
    }
  }
}

TEST(LanderSpec, IsGymnasiums) {
  const EnvSpec spec = lunar_lander_spec("LunarLander-v3");
  EXPECT_EQ(spec.max_episode_steps, 1000);
  EXPECT_EQ(spec.reward_threshold, 200.0);
  EXPECT_EQ(std::get<Discrete>(spec.action_space).n, 4);
  EXPECT_FALSE(spec.clips_actions);
  const EnvSpec continuous = lunar_lander_spec("LunarLanderContinuous-v3");
  EXPECT_EQ(std::get<pavlov::envs::Box>(continuous.action_space).size(), 2u);
  EXPECT_TRUE(continuous.clips_actions);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
