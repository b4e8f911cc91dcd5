#include "pavlov/envs/catalog.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

std::vector<float> numbers(const std::string& text) {
  std::vector<float> all;
  std::istringstream words(text);
  for (std::string word; words >> word;) all.push_back(std::stof(word));
  return all;
}

// As the table has it: "Discrete(2)" or "Box [-1,1] [-1,1]", a pair for every dimension.
std::string registry_text(const Space& space) {
  if (std::holds_alternative<Discrete>(space)) return to_string(space);
  const Box& box = std::get<Box>(space);
  std::string text = "Box";
  for (std::size_t a = 0; a < box.size(); ++a) {
    text += " [" + kernels::number_text(box.low[a]) + "," + kernels::number_text(box.high[a]) + "]";
  }
  return text;
}

using Registry = OnParityData;
PAVLOV_ON_PARITY_DATA(Registry);

// Limits, thresholds and spaces are those that Gymnasium registers.
TEST_P(Registry, EqualsGymnasium) {
  const auto rows = load_text(folder_, "classic/registry.csv");
  for (const CatalogEntry& entry : catalog()) {
    SCOPED_TRACE(entry.id);
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r[0] == entry.id; });
    ASSERT_NE(row, rows.end());
    const auto env = make(entry.id);
    const EnvSpec& spec = env->spec();
    EXPECT_EQ(spec.id, entry.id);
    EXPECT_EQ(spec.max_episode_steps, std::stoi((*row)[1]));
    ASSERT_EQ(spec.reward_threshold.has_value(), !(*row)[2].empty());
    if (spec.reward_threshold) {
      EXPECT_EQ(*spec.reward_threshold, std::stod((*row)[2]));
    }
    EXPECT_EQ(spec.observation_space.low, numbers((*row)[3]));
    EXPECT_EQ(spec.observation_space.high, numbers((*row)[4]));
    EXPECT_EQ(registry_text(spec.action_space), (*row)[6]);
    EXPECT_EQ(spec.clips_actions, std::holds_alternative<Box>(spec.action_space));
  }
}

TEST(Catalog, UnknownNamesNameTheNearest) {
  EXPECT_EQ(
      error_of([] { make("CartPole-v2"); }).rfind("[envs] unknown environment 'CartPole-v2'", 0),
      0u);
  EXPECT_NE(error_of([] { make("Cartpole"); }).find("did you mean 'CartPole-v"), std::string::npos);
  EXPECT_EQ(error_of([] { make(""); }).rfind("[envs] unknown environment ''", 0), 0u);
  EXPECT_NE(error_of([] { describe_options("x"); }), "");
  const std::vector<EnvOption> options = {{"sutton_barto", "true"}};
  EXPECT_NE(error_of([&] {
              make("CartPole-v1", {}, options);
            }).find("did you mean 'sutton_barto_reward'?"),
            std::string::npos);
}

TEST(Catalog, OptionsOfCartPole) {
  EXPECT_EQ(describe_options("CartPole-v1").size(), 11u);
  EXPECT_EQ(describe_options("CartPole-v1")[0],
            "sutton_barto_reward (true or false, default false): reward 0 per step and -1 at the "
            "fall");
  for (const std::vector<EnvOption>& bad : {std::vector<EnvOption>{{"math", "quick"}},
                                            {{"reset_low", "x"}},
                                            {{"reset_low", "nan"}},
                                            {{"reset_low", "1e9"}},
                                            {{"reset_low", "0.2"}},
                                            {{"sutton_barto_reward", "yes"}},
                                            {{"math", "fast"}, {"math", "exact"}}}) {
    const std::string error = error_of([&] { make("CartPole-v1", {}, bad); });
    EXPECT_EQ(error.rfind("[CartPole-v1] ", 0), 0u) << bad[0].value << ": " << error;
  }
  const std::vector<EnvOption> equal = {{"reset_low", "0.01"}, {"reset_high", "0.01"}};
  const auto env = make("CartPole-v1", {}, equal);
  EXPECT_EQ(env->reset(std::uint64_t{1})(0, 2), 0.01f);
}

TEST(Catalog, WrongOptionsOfClassicControl) {
  struct Case {
    std::string_view id;
    std::vector<EnvOption> bad;
  };
  const std::vector<Case> cases = {
      {"Acrobot-v1", {{"dynamics", "paper"}}},
      {"Acrobot-v1", {{"link_mass_1", "0"}}},
      {"Acrobot-v1", {{"link_length_2", "1"}}},  // Gymnasium only draws it
      {"Acrobot-v1", {{"gravity", "9:8"}}},
      {"Acrobot-v1", {{"reset_low", "1"}}},
      {"MountainCar-v0", {{"goal_velocity", "fast"}}},
      {"MountainCar-v0", {{"force", "-1"}}},
      {"MountainCar-v0", {{"precision", "half"}}},
      {"MountainCarContinuous-v0", {{"power", "nan"}}},
      {"MountainCarContinuous-v0", {{"reset_high", "-0.7"}}},
      {"MountainCarContinuous-v0", {{"force", "0.001"}}},
      {"Pendulum-v1", {{"x_init", "-1"}}},
      {"Pendulum-v1", {{"max_torque", "0"}}},
      {"Pendulum-v1", {{"g", ""}}},
      {"Pendulum-v1", {{"reset_low", "0"}}},
      {"CartPole-v1", {{"masspole", "0"}}},
      {"CartPole-v1", {{"tau", "0.02:0.01"}}},
  };
  for (const auto& [id, bad] : cases) {
    const std::string error = error_of([&] { make(id, {}, bad); });
    EXPECT_EQ(error.rfind("[" + std::string(id) + "] ", 0), 0u) << bad[0].name << ": " << error;
    EXPECT_NE(error.find(bad[0].name), std::string::npos) << error;
  }
}

TEST(Catalog, TheActionSpaceReachesToTheGreatestTorque) {
  const std::vector<EnvOption> options = {{"max_torque", "1:3"}};
  const auto env = make("Pendulum-v1", {.num_envs = 4}, options);
  EXPECT_EQ(std::get<Box>(env->spec().action_space).high[0], 3.0f);
}

}  // namespace
}  // namespace pavlov::envs
