// Whole recorded episodes: observation, bodies, joints and contact list of every step.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "pavlov/tests/envs/lunar_lander/golden.h"
#include "pavlov/tests/envs/lunar_lander/plain_game.h"

namespace pavlov::envs::lunar_lander {
namespace {

std::string describe(const Body& b) {
  std::string line;
  for (const float x : {b.center.x, b.center.y, b.angle, b.velocity.x, b.velocity.y,
                        b.angular_velocity, b.sleep_time}) {
    line += hex(x) + " ";
  }
  return line;
}

std::string describe(const Joint& j) {
  return hex(j.impulse.x) + " " + hex(j.impulse.y) + " " + hex(j.limit_impulse) + " " +
         hex(j.motor_impulse) + " " + std::to_string(static_cast<int>(j.limit)) + " ";
}

std::string contact_list(const World& world) {
  std::string line;
  for (int k = world.contact_count - 1; k >= 0; --k) {
    const Contact& c = world.contacts[k];
    if (!line.empty()) line += " ";
    line += std::to_string(c.body) + "." + std::to_string(c.edge) + ":" + std::to_string(c.count);
  }
  return line;
}

std::string describe(const PlainGame& game) {
  std::string line;
  for (const float o : game.observation()) line += hex(o) + " ";
  for (const Body& body : game.world.bodies) line += describe(body);
  for (const Joint& joint : game.world.joints) line += describe(joint);
  return line + contact_list(game.world);
}

std::string expected(const GoldenTable& table, std::size_t row) {
  std::string line;
  for (const char* name : {"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"}) {
    line += table.text(row, name) + " ";
  }
  for (const char* body : {"b0_", "b1_", "b2_"}) {
    for (const char* field : {"cx", "cy", "a", "vx", "vy", "w", "sleep"}) {
      line += table.text(row, std::string(body) + field) + " ";
    }
  }
  for (const char* joint : {"j1_", "j2_"}) {
    for (const char* field : {"ix", "iy", "iz", "motor", "limit"}) {
      line += table.text(row, std::string(joint) + field) + " ";
    }
  }
  return line + table.text(row, "contacts");
}

struct Trace {
  const char* file;
  std::uint64_t seed;
  bool continuous;
};
constexpr Trace kTraces[] = {{"golden_random.csv", 7, false},
                             {"golden_crash.csv", 97004, false},
                             {"golden_landing.csv", 1000, false},
                             {"golden_wind.csv", 1003, true}};

class LunarLanderTrace : public ::testing::TestWithParam<std::tuple<std::string_view, Trace>> {};

TEST_P(LunarLanderTrace, EveryStepHasTheBits) {
  const auto& [set, trace] = GetParam();
  if (!std::filesystem::exists(golden_folder(set))) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no traces in " << golden_folder(set);
  }
  const GoldenTable table(golden_folder(set) + "/" + trace.file);
  PlainGame game;
  game.wind = trace.continuous;
  game.begin(trace.seed);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (row > 0 && trace.continuous) {
      game.push(std::bit_cast<double>(table.bits(row, "action0")),
                std::bit_cast<double>(table.bits(row, "action1")));
    } else if (row > 0) {
      game.push(std::stoi(table.text(row, "action0")));
    }
    step(game.world, game.gravity);
    ASSERT_EQ(first_difference(expected(table, row), describe(game)), "") << "in step " << row;
    ASSERT_TRUE(is_valid(game.world));
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, LunarLanderTrace,
                         ::testing::Combine(::testing::Values(std::string_view("extract"),
                                                              std::string_view("whole")),
                                            ::testing::ValuesIn(kTraces)),
                         [](const auto& p) {
                           const std::string file = std::get<1>(p.param).file;
                           return std::string(std::get<0>(p.param)) + "_" +
                                  file.substr(7, file.size() - 11);
                         });

TEST(LunarLanderReset, FiftySeedsHaveTheTerrainAndTheFirstObservation) {
  const GoldenTable table(golden_folder("extract") + "/golden_reset.csv");
  ASSERT_EQ(table.rows(), 50U);
  for (std::size_t seed = 0; seed < table.rows(); ++seed) {
    PlainGame game;
    game.begin(seed);
    for (int i = 0; i < 11; ++i) {
      const float height = table.number(seed, "y" + std::to_string(i));
      ASSERT_EQ(hex(static_cast<float>(game.heights[i])), hex(height)) << seed << " " << i;
    }
    step(game.world, game.gravity);
    const auto row = game.observation();
    for (int i = 0; i < 8; ++i) {
      ASSERT_EQ(hex(row[i]), hex(table.number(seed, "o" + std::to_string(i)))) << seed << " " << i;
    }
  }
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
