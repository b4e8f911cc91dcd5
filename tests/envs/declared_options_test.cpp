// Every option of every environment of the catalog, from text and from programs: what is refused,
// in which words, what is accepted, and what archives say of it.
#include "pavlov/tests/envs/declared_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

using Kind = DeclaredOption::Kind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The rule of an option in words.
std::string rule_of(const DeclaredOption& option) {
  if (option.kind == Kind::flag) return "must be true or false";
  if (option.kind == Kind::word) {
    std::string rule = "must be " + option.words.front();
    for (std::size_t k = 1; k < option.words.size(); ++k) rule += " or " + option.words[k];
    return rule;
  }
  const std::string bounds = number_text(option.range.low) + ", " + number_text(option.range.high);
  const std::string rule =
      "must be a number in " + (option.range.open ? "(" + bounds + ")" : "[" + bounds + "]");
  return option.kind == Kind::number ? rule
                                     : rule + ", or a range low:high of such, low not above high";
}

// Values that an option does not take, the nearest ones included.
std::vector<Spread> bad_values(const DeclaredOption& option) {
  if (option.kind == Kind::flag) return {};
  if (option.kind == Kind::word) return {static_cast<double>(option.words.size()), 255.0};
  const auto [low, high, open] = option.range;
  const double middle = low + (high - low) / 2;
  const double below = open ? low : std::nextafter(low, -kInfinity);
  const double above = open ? high : std::nextafter(high, kInfinity);
  std::vector<Spread> bad = {below, above, low - 1, high + 1, -kInfinity, kInfinity, std::nan("")};
  if (option.kind == Kind::spread) {
    for (const Spread& spread :
         {Spread(below, middle), Spread(middle, above), Spread(std::nan(""), middle),
          Spread(middle, std::nan("")), Spread(high - (high - low) / 4, middle),
          Spread(middle, kInfinity)}) {
      bad.push_back(spread);
    }
  }
  return bad;
}

std::vector<Spread> good_values(const DeclaredOption& option) {
  if (option.kind == Kind::flag) return {0.0, 1.0};
  if (option.kind == Kind::word) {
    std::vector<Spread> all;
    for (std::size_t k = 0; k < option.words.size(); ++k) all.push_back(static_cast<double>(k));
    return all;
  }
  const auto [low, high, open] = option.range;
  const double least = open ? std::nextafter(low, kInfinity) : low;
  const double most = open ? std::nextafter(high, -kInfinity) : high;
  if (option.kind == Kind::number) return {least, most};
  return {least, most, Spread(least, most), low + (high - low) / 3};
}

// The text that says `value`.
std::string text_of(const DeclaredOption& option, const Spread& value) {
  if (option.kind == Kind::flag) return value.low != 0 ? "true" : "false";
  if (option.kind != Kind::word) return to_string(value);
  const auto index = static_cast<std::size_t>(value.low);
  return index < option.words.size() ? option.words[index] : std::to_string(index);
}

std::string configuration_of(const VecEnv& env) {
  const std::vector<std::byte> archive = state_of(env);
  StateReader head(archive);
  head.get<std::uint64_t>();
  head.get_text();
  return head.get_text();
}

// What came of making an environment: its configuration in archives, or the error.
template <class Make>
std::string outcome(const Make& make) {
  try {
    return configuration_of(*make());
  } catch (const std::exception& error) {
    return error.what();
  }
}

class DeclaredOptions : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const std::vector<DeclaredEnvironment> all = declared_environments();
    const auto found =
        std::find_if(all.begin(), all.end(), [](const auto& env) { return env.id == GetParam(); });
    ASSERT_NE(found, all.end()) << "add it to declared_options.h";
    environment_ = *found;
  }

  // From text: every name in `names` is given `text`.
  std::unique_ptr<VecEnv> read(const std::vector<std::string>& names,
                               const std::string& text) const {
    std::vector<EnvOption> given;
    for (const std::string& name : names) given.push_back({name, text});
    return make(environment_.id, {.num_envs = 3}, given);
  }
  // From a program.
  std::unique_ptr<VecEnv> construct(const std::vector<std::string>& names, Spread value) const {
    OptionSetter setter(names, value);
    return environment_.construct(setter);
  }

  DeclaredEnvironment environment_;
};

TEST_P(DeclaredOptions, AreThoseOfTheHelp) {
  const std::vector<std::string> help = describe_options(environment_.id);
  ASSERT_EQ(help.size(), environment_.options.size());
  std::set<std::string> names;
  for (std::size_t k = 0; k < help.size(); ++k) {
    const std::string& name = environment_.options[k].name;
    EXPECT_EQ(help[k].rfind(name + " (", 0), 0u) << help[k];
    EXPECT_TRUE(names.insert(name).second) << name << " is declared twice";
  }
}

TEST_P(DeclaredOptions, ABadValueIsOneErrorWhereverItComesFrom) {
  for (const DeclaredOption& option : environment_.options) {
    for (const Spread& bad : bad_values(option)) {
      const std::string text = text_of(option, bad);
      const std::string error = "[" + std::string(environment_.id) + "] option " + option.name +
                                " " + text + ": " + rule_of(option);
      EXPECT_EQ(error_of([&] { read({option.name}, text); }), error);
      EXPECT_EQ(error_of([&] { construct({option.name}, bad); }), error);
    }
    for (const std::string bad : {"", "x", "tru", "1:2:3", "0x1"}) {
      EXPECT_EQ(error_of([&] { read({option.name}, bad); }), "[" + std::string(environment_.id) +
                                                                 "] option " + option.name + " " +
                                                                 bad + ": " + rule_of(option));
    }
  }
}

TEST_P(DeclaredOptions, TheExtremesAreAccepted) {
  for (const DeclaredOption& option : environment_.options) {
    // One bound of a reset may not pass the other.
    const std::vector<std::string> names = option.name.starts_with("reset_")
                                               ? std::vector<std::string>{"reset_low", "reset_high"}
                                               : std::vector<std::string>{option.name};
    for (const Spread& good : good_values(option)) {
      const std::string text = text_of(option, good);
      SCOPED_TRACE(option.name + " " + text);
      const std::string from_text = outcome([&] { return read(names, text); });
      EXPECT_EQ(outcome([&] { return construct(names, good); }), from_text);
      if (option.name == "engine") continue;  // that of Box2D may be absent
      EXPECT_NE((" " + from_text).find(" " + option.name + "=" + text + " "), std::string::npos)
          << from_text;
    }
  }
}

std::vector<std::string_view> catalog_ids() {
  std::vector<std::string_view> ids;
  for (const CatalogEntry& entry : catalog()) ids.push_back(entry.id);
  return ids;
}

INSTANTIATE_TEST_SUITE_P(Catalog, DeclaredOptions, ::testing::ValuesIn(catalog_ids()),
                         [](const auto& id) {
                           std::string name(id.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The rule between two options, which is blamed on the lower one.
TEST(ResetBounds, MustNotCross) {
  std::size_t count = 0;
  for (const DeclaredEnvironment& environment : declared_environments()) {
    const auto fallback = [&](const std::string& name) {
      for (const DeclaredOption& option : environment.options) {
        if (option.name == name) return option.fallback;
      }
      return Spread(0.0);
    };
    const Spread low = fallback("reset_low"), high = fallback("reset_high");
    if (low == high) continue;  // it has none
    ++count;
    const auto error = [&](const Spread& a, const Spread& b) {
      return "[" + std::string(environment.id) + "] option reset_low " + to_string(a) +
             ": must be at most reset_high " + to_string(b);
    };
    const Spread above = high.value() + 1, below = low.value() - 1;
    for (const auto& [name, value, expected] :
         {std::tuple("reset_low", above, error(above, high)),
          std::tuple("reset_high", below, error(low, below))}) {
      const std::vector<EnvOption> given = {{name, to_string(value)}};
      EXPECT_EQ(error_of([&] { make(environment.id, {}, given); }), expected);
      OptionSetter setter({name}, value);
      EXPECT_EQ(error_of([&] { environment.construct(setter); }), expected);
    }
  }
  EXPECT_EQ(count, 5u);
}

// ---- what saved states carry: a changed byte here, and none of them loads ----

struct ArchiveText {
  std::string_view id;
  std::vector<EnvOption> options;
  std::string_view text;
};

TEST(ArchiveTexts, AreWhatTheyHaveAlwaysBeen) {
  const std::vector<ArchiveText> texts = {
      {"CartPole-v1",
       {},
       "sutton_barto_reward=false reset_low=-0.05 reset_high=0.05 math=exact precision=float64 "
       "gravity=9.8 masscart=1 masspole=0.1 length=0.5 force_mag=10 tau=0.02 "
       "autoreset=next_step max_episode_steps=500"},
      {"CartPole-v0",
       {{"masspole", "0.05:0.1"}},
       "sutton_barto_reward=false reset_low=-0.05 reset_high=0.05 math=exact precision=float64 "
       "gravity=9.8 masscart=1 masspole=0.05:0.1 length=0.5 force_mag=10 tau=0.02 "
       "autoreset=next_step max_episode_steps=200"},
      {"Acrobot-v1",
       {},
       "dynamics=book reset_low=-0.1 reset_high=0.1 math=exact precision=float64 link_length_1=1 "
       "link_mass_1=1 link_mass_2=1 link_com_pos_1=0.5 link_com_pos_2=0.5 link_moi=1 gravity=9.8 "
       "autoreset=next_step max_episode_steps=500"},
      {"MountainCar-v0",
       {},
       "goal_velocity=0 reset_low=-0.6 reset_high=-0.4 math=exact precision=float64 force=0.001 "
       "gravity=0.0025 autoreset=next_step max_episode_steps=200"},
      {"MountainCarContinuous-v0",
       {{"precision", "float32"}},
       "goal_velocity=0 reset_low=-0.6 reset_high=-0.4 math=exact precision=float32 power=0.0015 "
       "autoreset=next_step max_episode_steps=999"},
      {"Pendulum-v1",
       {{"max_torque", "1:2"}},
       "x_init=3.141592653589793 y_init=1 math=exact precision=float64 g=10 m=1 l=1 "
       "max_torque=1:2 autoreset=next_step max_episode_steps=200"},
      {"LunarLander-v3",
       {},
       "world=1 enable_wind=false engine=exact gravity=-10 wind_power=15 turbulence_power=1.5 "
       "main_engine_power=13 side_engine_power=0.6 initial_random=1000 dispersion=1 "
       "autoreset=next_step max_episode_steps=1000"},
      {"LunarLanderContinuous-v3",
       {{"gravity", "-11:-3.5"}},
       "world=1 enable_wind=false engine=exact gravity=-11:-3.5 wind_power=15 "
       "turbulence_power=1.5 main_engine_power=13 side_engine_power=0.6 initial_random=1000 "
       "dispersion=1 autoreset=next_step max_episode_steps=1000"},
  };
  for (const auto& [id, options, text] : texts) {
    EXPECT_EQ(configuration_of(*make(id, {}, options)), text);
  }
}

}  // namespace
}  // namespace pavlov::envs
