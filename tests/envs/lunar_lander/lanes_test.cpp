// Many worlds at once against each world alone: every byte, on every SIMD target.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/lunar_lander/golden.h"
#include "pavlov/tests/envs/lunar_lander/plain_game.h"

namespace pavlov::envs::lunar_lander {
namespace {

// The first field in which two worlds differ; "" where they are the same bytes.
std::string difference(const World& a, const World& b) {
  if (std::memcmp(&a, &b, sizeof(World)) == 0) return "";
  const auto differs = [](const auto& x, const auto& y) {
    return std::memcmp(&x, &y, sizeof(x)) != 0;
  };
  const auto values = [](float x, float y) { return hex(x) + " and " + hex(y); };
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Body &p = a.bodies[k], &q = b.bodies[k];
    const std::string body = "body " + std::to_string(k) + " ";
    if (differs(p.center, q.center)) return body + "center";
    if (differs(p.angle, q.angle)) return body + "angle " + values(p.angle, q.angle);
    if (differs(p.velocity, q.velocity)) {
      return body + "velocity " + values(p.velocity.x, q.velocity.x) + ", " +
             values(p.velocity.y, q.velocity.y);
    }
    if (differs(p.angular_velocity, q.angular_velocity)) return body + "angular velocity";
    if (differs(p.sleep_time, q.sleep_time)) return body + "sleep time";
    if (differs(p.fat, q.fat)) return body + "fat box";
    if (differs(p, q)) return body + "frame or tight box";
  }
  for (std::size_t k = 0; k < kJoints; ++k) {
    if (differs(a.joints[k], b.joints[k])) return "joint " + std::to_string(k);
  }
  if (a.contact_count != b.contact_count) return "contact count";
  for (int k = 0; k < a.contact_count; ++k) {
    if (differs(a.contacts[k], b.contacts[k])) return "contact " + std::to_string(k);
  }
  return "flags, or what lies behind the contacts";
}

// Plays a game by a rule that leads to soft and hard landings, crashes and spins.
class Player {
 public:
  explicit Player(std::uint64_t seed) : policy_(seed), random_(seed + 1000) { restart(); }

  void push() {
    const bool off = std::abs(game.world.bodies[0].origin.x - 10.0F) > 10.0F;
    if (game.world.game_over || !game.world.awake || off) {
      if (--after_end_ < 0) return restart();
    }
    int action = static_cast<int>(random_.integers(0, 4));
    if (policy_ % 3 != 0 && random_.uniform() < 0.95) action = game.pilot();
    if (policy_ % 7 == 0) action = 0;
    game.push(action);
  }

  PlainGame game;

 private:
  void restart() {
    game.wind = policy_ % 4 == 1;
    game.begin(policy_++);
    after_end_ = 3;  // steps after the end, as an archive of a finished episode may ask for
  }

  std::uint64_t policy_;
  kernels::Pcg64 random_;
  int after_end_ = 3;
};

class LunarLanderLanes : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }

  // Plays `count` games for `steps` steps; counts what was seen.
  void play(std::size_t count, int steps, std::uint64_t seed) {
    std::vector<std::unique_ptr<Player>> players;
    for (std::size_t i = 0; i < count; ++i) {
      players.push_back(std::make_unique<Player>(seed + 50 * i));
    }
    std::vector<World*> worlds;
    std::vector<float> gravities;
    for (std::size_t i = 0; i < count; ++i) {
      worlds.push_back(&players[i]->game.world);
      gravities.push_back(-10.0F + static_cast<float>(i % 3));
    }
    std::vector<World> expected(count);
    for (int t = 0; t < steps; ++t) {
      for (std::size_t i = 0; i < count; ++i) {
        if (t > 0) players[i]->push();
        expected[i] = *worlds[i];
        step(expected[i], gravities[i]);
        const World& w = expected[i];
        touching += w.leg_contact[0] || w.leg_contact[1] ? 1 : 0;
        crashed += w.game_over ? 1 : 0;
        asleep += w.awake ? 0 : 1;
      }
      step(worlds, gravities);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(difference(expected[i], *worlds[i]), "")
            << "world " << i << " of " << count << " in step " << t;
      }
    }
  }
  int touching = 0, crashed = 0, asleep = 0;
};

TEST_P(LunarLanderLanes, ManyWorldsAreThoseStepsOfEach) {
  play(40, 400, 1);
  EXPECT_GT(touching, 1000);
  EXPECT_GT(crashed, 100);
  EXPECT_GT(asleep, 5);
}

TEST_P(LunarLanderLanes, EveryNumberOfWorlds) {
  for (std::size_t count = 0; count <= 40; ++count) play(count, 12, count);
  play(kMostWorlds, 20, 5);
}

INSTANTIATE_TEST_SUITE_P(Targets, LunarLanderLanes, ::testing::ValuesIn(kernels::simd_targets()),
                         [](const auto& p) { return std::string(p.param); });

}  // namespace
}  // namespace pavlov::envs::lunar_lander
