// LunarLander's archives: exact, and safe whatever they hold.
#include "pavlov/envs/lunar_lander/lunar_lander.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs::lunar_lander {
namespace {

std::unique_ptr<LunarLander> make_lander(std::string_view id, const VecOptions& options,
                                         const LunarLanderConfig& config = {}) {
  return std::make_unique<LunarLander>(lunar_lander_spec(id), config, options);
}

// What LunarLander writes of one environment ends the body of its archive.
constexpr std::size_t kTail = sizeof(double) + 2 * sizeof(std::int64_t) + sizeof(World);

// The archive with `value` at byte `at` of that tail.
template <class T>
std::vector<std::byte> with(std::span<const std::byte> archive, std::size_t at, T value) {
  return with_body(archive, [&](std::vector<std::byte>& body) {
    std::memcpy(body.data() + body.size() - kTail + at, &value, sizeof(T));
  });
}

TEST(LanderArchive, ImpossibleValuesAreRefused) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  for (int t = 0; t < 60; ++t) env->step(std::vector<std::int32_t>{0});
  const std::vector<std::byte> archive = state_of(*env);
  const auto refused = [&](const std::vector<std::byte>& changed) {
    EXPECT_NE(load_error(*env, changed), "");
    EXPECT_EQ(state_of(*env), archive);
  };
  ASSERT_EQ(with(archive, 0, env->episode(0).shaping), archive);  // the offset is right
  refused(with(archive, 0, std::nan("")));
  refused(with(archive, 0, std::numeric_limits<double>::infinity()));
  refused(with(archive, 8, std::int64_t{1} << 60));
  refused(with(archive, 16, std::numeric_limits<std::int64_t>::min()));
  refused(with(archive, 24, std::nanf("")));
}

// Any bytes in place of the world: refused, or a world that steps without leaving its memory.
TEST(LanderArchive, HostileWorldsDoNoHarm) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  for (int t = 0; t < 55; ++t) env->step(std::vector<std::int32_t>{0});
  const std::vector<std::byte> archive = state_of(*env);
  std::size_t refused = 0, accepted = 0;
  for (std::size_t at = 24; at + 4 <= kTail; at += 4) {
    for (const std::uint32_t word : {0x7fc00000u, 0xffffffffu, 0x00000101u, 0x7f000000u}) {
      if (!load_error(*env, with(archive, at, word)).empty()) {
        ++refused;
        continue;
      }
      ++accepted;
      for (int t = 0; t < 3; ++t) env->step(std::vector<std::int32_t>{2});
    }
  }
  EXPECT_GT(refused, 300u);
  EXPECT_GT(accepted, 300u);
}

TEST(LanderArchive, BeforeTheFirstReset) {
  const auto env = make_lander("LunarLander-v3", {.num_envs = 3});
  const std::vector<std::byte> state = state_of(*env);
  const auto other = make_lander("LunarLander-v3", {.num_envs = 3});
  other->reset(std::uint64_t{1});
  StateReader in(state);
  other->load(in);
  EXPECT_EQ(state_of(*other), state);
}

// Physics that differ give states that mean something else.
TEST(LanderArchive, OfOtherOptionsAreRefused) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  const std::vector<std::byte> state = state_of(*env);
  LunarLanderConfig config;
  config.gravity = -9.0;
  const auto other = make_lander("LunarLander-v3", {}, config);
  StateReader in(state);
  EXPECT_THROW(other->load(in), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
