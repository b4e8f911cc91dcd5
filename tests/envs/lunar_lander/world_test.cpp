// Worlds as data: what an archive may hold, and what forces do.
#include "pavlov/envs/lunar_lander/world.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <type_traits>

#include "pavlov/tests/envs/lunar_lander/plain_game.h"

namespace pavlov::envs::lunar_lander {
namespace {

static_assert(std::is_trivially_copyable_v<World>);

// A world that stands on both legs.
World landed() {
  PlainGame game;
  game.begin(1000);
  step(game.world, game.gravity);
  for (int t = 0; t < 600 && !(game.world.leg_contact[0] && game.world.leg_contact[1]); ++t) {
    game.push(game.pilot());
    step(game.world, game.gravity);
  }
  EXPECT_TRUE(game.world.leg_contact[0] && game.world.leg_contact[1]);
  EXPECT_GT(game.world.contact_count, 1);
  return game.world;
}

TEST(LunarLanderWorld, StartIsTheRecordedPose) {
  PlainGame game;
  game.begin(97004);
  const World& w = game.world;
  EXPECT_EQ(w.bodies[0].center.x, 10.0F);
  EXPECT_EQ(w.bodies[0].center.y, 0x1.ade892p+3F);
  EXPECT_EQ(w.bodies[1].center.x, 0x1.555556p+3F);
  EXPECT_EQ(w.bodies[2].angle, 0.05F);
  EXPECT_TRUE(w.awake && !w.game_over && !w.started && w.contact_count == 0);
  EXPECT_TRUE(is_valid(w));
}

TEST(LunarLanderWorld, ForcesActForOneStep) {
  PlainGame game;
  game.begin(3);
  apply_force(game.world, {10.0F, 20.0F});
  apply_torque(game.world, 3.0F);
  EXPECT_EQ(game.world.torque, 3.0F);
  step(game.world, -10.0F);
  EXPECT_EQ(game.world.force.x, 0.0F);
  EXPECT_EQ(game.world.force.y, 0.0F);
  EXPECT_EQ(game.world.torque, 0.0F);
}

TEST(LunarLanderWorld, CopiesGoTheSameWay) {
  World a = landed();
  World b = a;
  for (int t = 0; t < 50; ++t) {
    step(a, -10.0F);
    step(b, -10.0F);
  }
  EXPECT_EQ(std::memcmp(&a, &b, sizeof(World)), 0);
}

TEST(LunarLanderWorld, WhatNoWorldCanBeIsNotValid) {
  const World good = landed();
  ASSERT_TRUE(is_valid(good));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::function<void(World&)>> breaks = {
      [&](World& w) { w.bodies[2].center.x = nan; },
      [&](World& w) { w.bodies[0].angle = infinity; },
      [&](World& w) { w.bodies[1].fat.upper.y = nan; },
      [&](World& w) { w.bodies[1].sleep_time = nan; },
      [&](World& w) { w.joints[1].motor_impulse = -infinity; },
      [&](World& w) { w.joints[0].limit = static_cast<Limit>(3); },
      [&](World& w) { w.joints[0].limit = static_cast<Limit>(-1); },
      [&](World& w) { w.force.y = nan; },
      [&](World& w) { w.ground_top = nan; },
      [&](World& w) { w.edges[10].normal.x = nan; },
      [&](World& w) { w.contact_count = -1; },
      [&](World& w) { w.contact_count = static_cast<int>(kMaxContacts) + 1; },
      [&](World& w) { w.contacts[0].body = 3; },
      [&](World& w) { w.contacts[0].edge = 11; },
      [&](World& w) { w.contacts[0].count = 3; },
      [&](World& w) { w.contacts[0].face = static_cast<Face>(2); },
      [&](World& w) { w.contacts[0].local_point.x = nan; },
      [&](World& w) {
        w.contacts[1].body = w.contacts[0].body, w.contacts[1].edge = w.contacts[0].edge;
      },
      [&](World& w) { std::memset(&w.awake, 2, 1); },
      [&](World& w) { std::memset(&w.leg_contact[1], 255, 1); },
  };
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    World bad = good;
    breaks[i](bad);
    EXPECT_FALSE(is_valid(bad)) << "break " << i;
  }
}

// Whatever a valid world holds, steps stay inside of it: sanitizers watch this test.
TEST(LunarLanderWorld, ValidNonsenseCanBeStepped) {
  const World good = landed();
  kernels::Pcg64 random(5);
  for (int trial = 0; trial < 300; ++trial) {
    World world = good;
    auto* numbers = reinterpret_cast<float*>(&world);
    constexpr std::size_t kNumbers = offsetof(World, leg_contact) / sizeof(float);
    for (int change = 0; change < 3; ++change) {
      const auto k = static_cast<std::size_t>(random.integers(0, kNumbers));
      numbers[k] =
          static_cast<float>(random.uniform(-1, 1) * std::pow(10.0, random.uniform(-3, 6)));
    }
    if (!is_valid(world)) continue;
    World twin = world;
    World* const worlds[] = {&twin};
    for (int t = 0; t < 3; ++t) {
      step(world, -10.0F);
      step(worlds, -10.0F);
      if (!is_valid(world)) break;
      ASSERT_EQ(std::memcmp(&world, &twin, sizeof(World)), 0) << trial << " " << t;
    }
  }
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
