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

// What the reader looks at is never written to, whatever the writer does meanwhile.
TEST(Exchange, KeepsWhatIsLookedAt) {
  Exchange<int> exchange;
  for (int k = 1; k <= 20; ++k) {
    exchange.draft() = k;
    exchange.publish();
    if (k % 3 == 0) continue;  // the reader skips one
    ASSERT_TRUE(exchange.take());
    for (int other = 0; other < 3; ++other) {
      EXPECT_NE(&exchange.draft(), &exchange.value());
      exchange.draft() = -1;
      EXPECT_EQ(exchange.value(), k);
      exchange.publish();
      EXPECT_EQ(exchange.value(), k);
    }
  }
}

// No value is ever seen half written, none goes backwards, and the last one arrives.
TEST(Exchange, NeverTearsBetweenThreads) {
  constexpr std::uint64_t kLast = 20000;
  Exchange<std::array<std::uint64_t, 2048>> exchange;
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
