// Every environment of the catalog conforms, on every SIMD target and with every option; and so
// does a user's own.
#include "pavlov/tests/envs/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/walk.h"

namespace pavlov::envs {
namespace {

std::vector<std::string_view> catalog_ids() {
  std::vector<std::string_view> ids;
  for (const CatalogEntry& entry : catalog()) ids.push_back(entry.id);
  return ids;
}

class CatalogConformance
    : public ::testing::TestWithParam<std::tuple<std::string_view, std::string_view>> {};

TEST_P(CatalogConformance, KeepsTheContract) {
  const auto [id, target] = GetParam();
  kernels::force_simd_target(target);
  check_conformance([id = id](const VecOptions& options) { return make(id, options); });
  kernels::force_simd_target("");
}

INSTANTIATE_TEST_SUITE_P(Catalog, CatalogConformance,
                         ::testing::Combine(::testing::ValuesIn(catalog_ids()),
                                            ::testing::ValuesIn(kernels::simd_targets().begin(),
                                                                kernels::simd_targets().end())),
                         [](const auto& pair) {
                           std::string name = std::string(std::get<0>(pair.param)) + "_" +
                                              std::string(std::get<1>(pair.param));
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

TEST(UserConformance, Walk) {
  check_conformance([](const VecOptions& options) {
    return make_vec([] { return std::make_unique<Walk>(); }, options);
  });
}

// Continuous actions, one bound of them infinite; draws in every step; archives.
class Glide final : public Env {
 public:
  explicit Glide(bool clips)
      : spec_{.id = "Glide-v0",
              .observation_space = {{-1e9f, -1.0f}, {1e9f, 1.0f}},
              .action_space = Box{{-1.0f, 0.0f}, {2.0f, std::numeric_limits<float>::infinity()}},
              .max_episode_steps = 25,
              .reward_threshold = {},
              .render_fps = 10,
              .clips_actions = clips} {}
  const EnvSpec& spec() const override { return spec_; }
  void reset(kernels::Pcg64& random) override { x_ = y_ = static_cast<float>(random.uniform()); }
  Transition step(const Action& action, kernels::Pcg64& random) override {
    const float push = std::clamp(action.continuous[0], -1.0f, 2.0f);
    x_ = std::clamp(x_ + push * std::min(action.continuous[1], 100.0f), -1e9f, 1e9f);
    y_ = static_cast<float>(random.uniform(-1, 1));
    return {.reward = y_, .terminated = y_ > 0.9f, .truncated = y_ < -0.95f};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = x_;
    observation[1] = y_;
  }
  void save(StateWriter& out) const override { out.put(x_), out.put(y_); }
  void load(StateReader& in) override { x_ = in.get<float>(), y_ = in.get<float>(); }

 private:
  EnvSpec spec_;
  float x_ = 0, y_ = 0;
};

TEST(UserConformance, BoxActions) {
  for (const bool clips : {false, true}) {
    check_conformance([&](const VecOptions& options) {
      return make_vec([&] { return std::make_unique<Glide>(clips); }, options);
    });
  }
}

TEST(CartPoleConformance, WithItsOptions) {
  for (const std::vector<EnvOption>& options :
       {std::vector<EnvOption>{{"sutton_barto_reward", "true"}},
        {{"math", "fast"}},
        {{"reset_low", "-0.3"}, {"reset_high", "0.3"}}}) {
    check_conformance([&](const VecOptions& vec) { return make("CartPole-v1", vec, options); });
  }
}

// Other arithmetic and other physics. (Where physics varies by environment, environment 4 is not
// what it is alone: lane_steps_test.cpp.)
TEST(ClassicControlConformance, WithItsOptions) {
  struct Case {
    std::string_view id;
    EnvOption physics;
  };
  for (const auto& [id, physics] :
       std::vector<Case>{{"CartPole-v1", {"gravity", "11"}},
                         {"Acrobot-v1", {"link_mass_2", "0.8"}},
                         {"MountainCar-v0", {"force", "0.002"}},
                         {"MountainCarContinuous-v0", {"power", "0.002"}},
                         {"Pendulum-v1", {"max_torque", "3"}}}) {
    SCOPED_TRACE(id);
    for (const std::vector<EnvOption>& options : {std::vector<EnvOption>{physics},
                                                  {{"precision", "float32"}},
                                                  {{"math", "fast"}},
                                                  {{"precision", "float32"}, physics}}) {
      check_conformance([&, id = id](const VecOptions& vec) { return make(id, vec, options); });
    }
  }
}

}  // namespace
}  // namespace pavlov::envs
