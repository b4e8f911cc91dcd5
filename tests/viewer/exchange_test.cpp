#include "pavlov/apps/viewer/exchange.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace pavlov::apps {
namespace {

TEST(Exchange, GivesTheNewest) {
  Exchange<int> exchange;
  EXPECT_FALSE(exchange.take());
  exchange.draft() = 1;
  exchange.publish();
  exchange.draft() = 2;
  exchange.publish();
  EXPECT_TRUE(exchange.take());
  EXPECT_EQ(exchange.value(), 2);
  EXPECT_FALSE(exchange.take());
  EXPECT_EQ(exchange.value(), 2);
}

// No value is ever seen half written, none goes backwards, and the last one arrives.
TEST(Exchange, NeverTearsBetweenThreads) {
  constexpr std::uint64_t kLast = 200000;
  Exchange<std::array<std::uint64_t, 32>> exchange;
  std::thread writer([&] {
    for (std::uint64_t k = 1; k <= kLast; ++k) {
      exchange.draft().fill(k);
      exchange.publish();
    }
  });
  std::uint64_t seen = 0;
  while (seen < kLast) {
    if (!exchange.take()) continue;
    const auto& value = exchange.value();
    for (const std::uint64_t number : value) ASSERT_EQ(number, value[0]);
    ASSERT_GT(value[0], seen);
    seen = value[0];
  }
  writer.join();
}

}  // namespace
}  // namespace pavlov::apps
