#include "pavlov/kernels/names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pavlov::kernels {
namespace {

constexpr std::string_view kKnown[] = {"CartPole-v1", "Acrobot-v1", "LunarLander-v3",
                                       "Pendulum-v1"};

TEST(NamesTest, FindsTheNearest) {
  EXPECT_EQ(nearest_name("CartPole-v1", kKnown), "CartPole-v1");
  EXPECT_EQ(nearest_name("cartpole-v1", kKnown), "CartPole-v1");
  EXPECT_EQ(nearest_name("CartPole", kKnown), "CartPole-v1");
  EXPECT_EQ(nearest_name("LunarLander-v2", kKnown), "LunarLander-v3");
  EXPECT_EQ(nearest_name("acrobat", kKnown), "Acrobot-v1");
}

TEST(NamesTest, FirstOneWinsATie) {
  constexpr std::string_view kTied[] = {"dqn", "ddn"};
  EXPECT_EQ(nearest_name("dxn", kTied), "dqn");
}

TEST(NamesTest, NothingNear) {
  EXPECT_EQ(nearest_name("Breakout", kKnown), "");
  EXPECT_EQ(nearest_name("", kKnown), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(NamesTest, MessageNamesTheKnownOnes) {
  EXPECT_EQ(unknown_name_message("environment", "CartPole", kKnown),
            "unknown environment 'CartPole': did you mean 'CartPole-v1'? Known: CartPole-v1 "
            "Acrobot-v1 LunarLander-v3 Pendulum-v1");
  EXPECT_EQ(unknown_name_message("environment", "Breakout", kKnown),
            "unknown environment 'Breakout'; known: CartPole-v1 Acrobot-v1 LunarLander-v3 "
            "Pendulum-v1");
}

TEST(NamesTest, VeryLongNamesAreNearToNothing) {
  const std::string limit(256, 'x');
  const std::string over(257, 'x');
  const std::string_view known[] = {over, limit};
  EXPECT_EQ(nearest_name(limit, known), limit);
  EXPECT_EQ(nearest_name(over, known), "");
}

TEST(NamesTest, MessagesShowNamesOnOneLine) {
  const std::string message =
      unknown_name_message("key", "a\n\x1b[2J" + std::string(5000, 'b'), {});
  EXPECT_TRUE(message.starts_with("unknown key 'a ?[2Jbbb")) << message;
  EXPECT_TRUE(message.ends_with("bbb...'; known:")) << message;
  EXPECT_LT(message.size(), 250u);
}

TEST(OneLineTest, ReplacesWhatSteersATerminal) {
  using namespace std::string_view_literals;
  EXPECT_EQ(one_line("plain text, as it was", 100), "plain text, as it was");
  EXPECT_EQ(one_line("a\nb\tc\r\nd", 100), "a b c  d");
  EXPECT_EQ(one_line("\x1b[31m\x7f\0\a"sv, 100), "?[31m???");
  EXPECT_EQ(one_line("\xc2\x9b[31m", 100), "?[31m");  // the one-character form of ESC [
}

TEST(OneLineTest, KeepsUtf8AndNothingElse) {
  EXPECT_EQ(one_line("\u00a0\u03c0 \u20ac \U0001f600", 100), "\u00a0\u03c0 \u20ac \U0001f600");
  EXPECT_EQ(one_line("\x9b|\xff|\xc3(|\xe2\x82|\xf0\x9f\x98", 100), "?|?|?(|??|???");
}

TEST(OneLineTest, CutsBetweenCharacters) {
  EXPECT_EQ(one_line("0123456789", 10), "0123456789");
  EXPECT_EQ(one_line("0123456789a", 10), "0123456...");
  EXPECT_EQ(one_line("012345\u03c0\u03c0\u03c0", 10), "012345...");
  EXPECT_EQ(one_line("0123", 3), "...");
  EXPECT_EQ(one_line("0123", 0), "");
  EXPECT_EQ(one_line("", 0), "");
}

}  // namespace
}  // namespace pavlov::kernels
