// LunarLander's archives: exact, and safe whatever they hold.
#include "pavlov/envs/lunar_lander/lunar_lander.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace pavlov::envs::lunar_lander {
namespace {

std::unique_ptr<LunarLander> make_lander(std::string_view id, const VecOptions& options,
                                         const LunarLanderConfig& config = {}) {
  return std::make_unique<LunarLander>(lunar_lander_spec(id), config, options);
}

std::vector<std::byte> saved(const VecEnv& env) {
  StateWriter out;
  env.save(out);
  return {out.bytes().begin(), out.bytes().end()};
}

// A state as BatchEnv writes it, of one environment: what the tail is made of can be changed.
class Archive {
 public:
  explicit Archive(const VecEnv& env) : bytes_(saved(env)) {}
  std::size_t tail_size() const {
    return sizeof(double) + 2 * sizeof(std::int64_t) + sizeof(World);
  }
  template <class T>
  Archive with(std::size_t at, const T& value) const {
    Archive changed = *this;
    const auto tail = std::span(changed.bytes_).last(tail_size());
    std::memcpy(tail.subspan(at).data(), &value, sizeof(T));
    changed.sign();
    return changed;
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  // The checksum lies before the body, whose length lies before it (batch_env.cpp).
  void sign() {
    StateReader in(bytes_);
    in.get<std::uint64_t>();
    in.get_text();
    in.get_text();
    in.get<std::uint64_t>();
    in.get<std::uint64_t>();
    const std::size_t at = bytes_.size() - in.remaining();
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (std::size_t i = at + 8; i < bytes_.size(); ++i) {
      hash = (hash ^ static_cast<std::uint64_t>(bytes_[i])) * 0x100000001b3ull;
    }
    std::memcpy(bytes_.data() + at, &hash, sizeof(hash));
  }

  std::vector<std::byte> bytes_;
};

TEST(LanderArchive, ImpossibleValuesAreRefused) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  for (int t = 0; t < 60; ++t) env->step(std::vector<std::int32_t>{0});
  const Archive archive(*env);
  const auto refused = [&](const Archive& changed) {
    StateReader in(changed.bytes());
    EXPECT_THROW(env->load(in), std::runtime_error);
    EXPECT_TRUE(std::ranges::equal(saved(*env), archive.bytes()));
  };
  const Archive same = archive.with(0, env->episode(0).shaping);  // the offset is right
  ASSERT_TRUE(std::ranges::equal(same.bytes(), archive.bytes()));
  refused(archive.with(0, std::nan("")));
  refused(archive.with(0, std::numeric_limits<double>::infinity()));
  refused(archive.with(8, std::int64_t{1} << 60));
  refused(archive.with(16, std::numeric_limits<std::int64_t>::min()));
  refused(archive.with(24, std::nanf("")));
}

// Any bytes in place of the world: refused, or a world that steps without leaving its memory.
TEST(LanderArchive, HostileWorldsDoNoHarm) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  for (int t = 0; t < 55; ++t) env->step(std::vector<std::int32_t>{0});
  const Archive archive(*env);
  std::size_t refused = 0, accepted = 0;
  for (std::size_t at = 24; at + 4 <= archive.tail_size(); at += 4) {
    for (const std::uint32_t word : {0x7fc00000u, 0xffffffffu, 0x00000101u, 0x7f000000u}) {
      const Archive changed = archive.with(at, word);
      StateReader in(changed.bytes());
      try {
        env->load(in);
        ++accepted;
      } catch (const std::runtime_error&) {
        ++refused;
        continue;
      }
      for (int t = 0; t < 3; ++t) env->step(std::vector<std::int32_t>{2});
    }
  }
  EXPECT_GT(refused, 300u);
  EXPECT_GT(accepted, 300u);
}

TEST(LanderArchive, BeforeTheFirstReset) {
  const auto env = make_lander("LunarLander-v3", {.num_envs = 3});
  const std::vector<std::byte> state = saved(*env);
  const auto other = make_lander("LunarLander-v3", {.num_envs = 3});
  other->reset(std::uint64_t{1});
  StateReader in(state);
  other->load(in);
  EXPECT_EQ(saved(*other), state);
}

// Physics that differ give states that mean something else.
TEST(LanderArchive, OfOtherOptionsAreRefused) {
  const auto env = make_lander("LunarLander-v3", {});
  env->reset(std::uint64_t{4});
  const std::vector<std::byte> state = saved(*env);
  LunarLanderConfig config;
  config.gravity = -9.0;
  const auto other = make_lander("LunarLander-v3", {}, config);
  StateReader in(state);
  EXPECT_THROW(other->load(in), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
