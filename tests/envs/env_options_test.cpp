#include "pavlov/envs/env_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

double read_number(const std::string& value) {
  const std::vector<EnvOption> given = {{"gravity", value}};
  OptionReader options("X-v0", given);
  return options.number("gravity", 9.8, {-12, 20}, "m/s^2");
}

TEST(EnvOptions, Defaults) {
  OptionReader options("X-v0", {});
  EXPECT_TRUE(options.flag("a", true, "first"));
  EXPECT_EQ(options.number("b", 0.5, {0, 1}, "second"), 0.5);
  EXPECT_EQ(options.choice("c", 1, {"x", "y"}, "third"), 1u);
  EXPECT_NO_THROW(options.finish());
  EXPECT_EQ(options.descriptions(),
            (std::vector<std::string>{"a (true or false, default true): first",
                                      "b (in [0, 1], default 0.5): second",
                                      "c (x or y, default y): third"}));
}

TEST(EnvOptions, Values) {
  const std::vector<EnvOption> given = {{"a", "0"}, {"c", "x"}};
  OptionReader options("X-v0", given);
  EXPECT_FALSE(options.flag("a", true, ""));
  EXPECT_EQ(options.choice("c", 1, {"x", "y"}, ""), 0u);
  options.finish();
  EXPECT_EQ(read_number("-12"), -12.0);
  EXPECT_EQ(read_number("20"), 20.0);
  EXPECT_EQ(read_number("1e-3"), 1e-3);
}

TEST(EnvOptions, ErrorsNameOptionValueAndRule) {
  for (const char* bad : {"", " 1", "1 ", "1x", "nan", "inf", "20.001", "-13", "0x10", "1,5"}) {
    EXPECT_EQ(error_of([&] { read_number(bad); }),
              std::string("[X-v0] option gravity ") + bad + ": must be a number in [-12, 20]");
  }
  const std::vector<EnvOption> given = {{"flag", "on"}, {"word", "z"}, {"grvity", "1"}};
  OptionReader options("X-v0", given);
  EXPECT_EQ(error_of([&] { options.flag("flag", true, ""); }),
            "[X-v0] option flag on: must be true or false");
  EXPECT_EQ(error_of([&] {
              options.choice("word", 0, {"x", "y"}, "");
            }),
            "[X-v0] option word z: must be x or y");
  options.number("gravity", 0, {0, 1}, "");
  EXPECT_EQ(error_of([&] {
              options.finish();
            }).rfind("[X-v0] unknown option 'grvity': did you mean 'gravity'?", 0),
            0u);
  const std::vector<EnvOption> twice = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(error_of([&] { OptionReader("X-v0", twice); }),
            "[X-v0] option a 2: is given twice, first as 1");
}

TEST(EnvOptions, NumberTextReadsBack) {
  for (const double value : {0.1, -0.05, 1e300, 5e-324, std::numeric_limits<double>::max()}) {
    EXPECT_EQ(std::stod(number_text(value == 5e-324 ? 0.0 : value)), value == 5e-324 ? 0.0 : value);
  }
}

Spread read_spread(const std::string& value) {
  const std::vector<EnvOption> given = {{"gravity", value}};
  OptionReader options("X-v0", given);
  return options.spread("gravity", 9.8, {-12, 20}, "m/s^2");
}

TEST(EnvOptions, SpreadIsAValueOrARange) {
  EXPECT_EQ(read_spread("9"), Spread(9));
  EXPECT_EQ(read_spread("8:12.5"), Spread(8, 12.5));
  EXPECT_EQ(read_spread("-1:-1"), Spread(-1));
  EXPECT_FALSE(read_spread("9").varies());
  EXPECT_EQ(to_string(read_spread("8:12.5")), "8:12.5");
  EXPECT_EQ(to_string(read_spread("9")), "9");
  for (const char* bad : {"", ":", "8:", ":8", "8:12:13", "12:8", "8:21", "-13:8", "8 :12", "nan",
                          "8:nan", "inf:8", "8;12"}) {
    const std::string error = error_of([&] { read_spread(bad); });
    EXPECT_EQ(error, "[X-v0] option gravity " + std::string(bad) +
                         ": must be a number in [-12, 20], or a range low:high of such, low not "
                         "above high");
  }
}

TEST(EnvOptions, EveryEnvironmentHasItsOwnFixedValueOfASpread) {
  const Spread gravity(8, 12);
  double least = 12, most = 8, sum = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const double value = gravity.value("gravity", i);
    ASSERT_EQ(value, gravity.value("gravity", i));
    ASSERT_TRUE(value >= 8 && value < 12);
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
  }
  EXPECT_LT(least, 8.02);
  EXPECT_GT(most, 11.98);
  EXPECT_NEAR(sum / 1000, 10, 0.15);  // four standard errors
  EXPECT_NE(gravity.value("gravity", 0), gravity.value("length", 0));
  EXPECT_EQ(Spread(9.8).value("gravity", 7), 9.8);
}

}  // namespace
}  // namespace pavlov::envs
