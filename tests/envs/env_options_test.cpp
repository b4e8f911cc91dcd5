// The visitors of options, on declarations of the tests' own; those of the environments are in
// declared_options_test.cpp.
#include "pavlov/envs/env_options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

enum class Shape : std::uint8_t { round, square };

// One option of each kind, and a rule.
struct ToyConfig {
  bool loud = true;
  double least = 0.5;
  Shape shape = Shape::square;
  Spread gravity = 9.8;
  Spread length = 1.0;

  void declare(OptionVisitor& option) {
    option.flag("loud", loud, "first");
    option.number("least", least, {0, 1}, "second");
    option.choice("shape", shape, {"round", "square"}, "third");
    option.spread("gravity", gravity, {-12, 20}, "fourth");
    option.spread("length", length, {0, 2, true}, "fifth");
    option.rule(!loud || least < 1, "least", least, "must be below 1 where loud is true");
  }
};

ToyConfig read(const std::vector<EnvOption>& given) {
  OptionReader reader("X-v0", given);
  return read_options<ToyConfig>(reader);
}

std::string read_error(const std::string& name, const std::string& value) {
  return error_of([&] { read({{name, value}}); });
}

std::string check_error(const ToyConfig& config) {
  return error_of([&] { check_options("X-v0", config); });
}

TEST(EnvOptions, DefaultsAndHelp) {
  OptionReader reader("X-v0", {});
  const auto config = read_options<ToyConfig>(reader);
  EXPECT_TRUE(config.loud);
  EXPECT_EQ(config.least, 0.5);
  EXPECT_EQ(config.shape, Shape::square);
  EXPECT_EQ(config.gravity, Spread(9.8));
  EXPECT_EQ(reader.descriptions(),
            (std::vector<std::string>{"loud (true or false, default true): first",
                                      "least (in [0, 1], default 0.5): second",
                                      "shape (round or square, default square): third",
                                      "gravity (in [-12, 20], or low:high, default 9.8): fourth",
                                      "length (in (0, 2), or low:high, default 1): fifth"}));
}

TEST(EnvOptions, Values) {
  EXPECT_FALSE(read({{"loud", "0"}}).loud);
  EXPECT_FALSE(read({{"loud", "false"}}).loud);
  EXPECT_TRUE(read({{"loud", "1"}}).loud);
  EXPECT_EQ(read({{"shape", "round"}}).shape, Shape::round);
  EXPECT_EQ(read({{"least", "0"}}).least, 0.0);
  EXPECT_EQ(read({{"least", "1"}, {"loud", "false"}}).least, 1.0);
  EXPECT_EQ(read({{"least", "1e-3"}}).least, 1e-3);
  EXPECT_EQ(read({{"gravity", "8:12.5"}}).gravity, Spread(8, 12.5));
  EXPECT_EQ(read({{"gravity", "-12:20"}}).gravity, Spread(-12, 20));
  EXPECT_EQ(read({{"gravity", "-1:-1"}}).gravity, Spread(-1));
  EXPECT_FALSE(read({{"gravity", "9"}}).gravity.varies());
  EXPECT_EQ(read({{"length", "5e-324"}}).length, Spread(5e-324));
}

TEST(EnvOptions, ErrorsNameOptionValueAndRule) {
  for (const char* bad : {"", " 1", "1 ", "1x", "nan", "inf", "1.001", "-1", "0x1", "0,5", "0:1"}) {
    EXPECT_EQ(read_error("least", bad),
              std::string("[X-v0] option least ") + bad + ": must be a number in [0, 1]");
  }
  for (const char* bad : {"", ":", "8:", ":8", "8:12:13", "12:8", "8:21", "-13:8", "8 :12", "nan",
                          "8:nan", "inf:8", "8;12"}) {
    EXPECT_EQ(read_error("gravity", bad),
              std::string("[X-v0] option gravity ") + bad +
                  ": must be a number in [-12, 20], or a range low:high of such, low not above "
                  "high");
  }
  for (const char* bad : {"0", "2", "0:1", "1:2"}) {
    EXPECT_EQ(read_error("length", bad),
              std::string("[X-v0] option length ") + bad +
                  ": must be a number in (0, 2), or a range low:high of such, low not above high");
  }
  EXPECT_EQ(read_error("loud", "on"), "[X-v0] option loud on: must be true or false");
  EXPECT_EQ(read_error("shape", "z"), "[X-v0] option shape z: must be round or square");
  EXPECT_EQ(read_error("least", "1"), "[X-v0] option least 1: must be below 1 where loud is true");
  EXPECT_EQ(
      read_error("grvity", "1").rfind("[X-v0] unknown option 'grvity': did you mean 'gravity'?", 0),
      0u);
  const std::vector<EnvOption> twice = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(error_of([&] { OptionReader("X-v0", twice); }),
            "[X-v0] option a 2: is given twice, first as 1");
}

TEST(EnvOptions, ProgramsGetTheSameErrors) {
  EXPECT_EQ(check_error({}), "");
  ToyConfig config;
  config.least = 1.5;
  EXPECT_EQ(check_error(config), read_error("least", "1.5"));
  config.least = std::nan("");
  EXPECT_EQ(check_error(config), read_error("least", "nan"));
  config.least = 1.0;
  EXPECT_EQ(check_error(config), read_error("least", "1"));
  config = {};
  config.gravity = {8, 21};
  EXPECT_EQ(check_error(config), read_error("gravity", "8:21"));
  config.gravity = {9, 8};
  EXPECT_EQ(check_error(config), read_error("gravity", "9:8"));
  config = {};
  config.length = 2.0;
  EXPECT_EQ(check_error(config), read_error("length", "2"));
  config = {};
  config.shape = static_cast<Shape>(2);
  EXPECT_EQ(check_error(config), "[X-v0] option shape 2: must be round or square");
}

TEST(EnvOptions, ArchiveTextNamesAllInOrder) {
  EXPECT_EQ(archive_text(ToyConfig{}), "loud=true least=0.5 shape=square gravity=9.8 length=1");
  EXPECT_EQ(archive_text(read({{"loud", "0"}, {"shape", "round"}, {"gravity", "-1:0.1"}})),
            "loud=false least=0.5 shape=round gravity=-1:0.1 length=1");
}

TEST(EnvOptions, OneEnvironmentHasOneValueOfEach) {
  ToyConfig config;
  config.gravity = {8, 12};
  config.length = {0.5, 1.5};
  for (const std::size_t i : {0, 1, 7}) {
    const ToyConfig one = of_environment(i, config);
    EXPECT_EQ(one.gravity.value(), config.gravity.value("gravity", i));
    EXPECT_EQ(one.length.value(), config.length.value("length", i));
    EXPECT_EQ(one.shape, config.shape);
    EXPECT_EQ(one.least, config.least);
  }
}

TEST(EnvOptions, NumberTextReadsBack) {
  for (const double value : {0.1, -0.05, 1e300, 5e-324, std::numeric_limits<double>::max()}) {
    EXPECT_EQ(std::stod(number_text(value == 5e-324 ? 0.0 : value)), value == 5e-324 ? 0.0 : value);
  }
}

}  // namespace
}  // namespace pavlov::envs
