#include "pavlov/kernels/names.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace pavlov::kernels
