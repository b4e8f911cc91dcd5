// Pictures of all environments as data; against Gymnasium's pixels: tests/viewer.
#include "pavlov/envs/picture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <variant>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/env.h"
#include "pavlov/envs/wrappers/frame_stack_observation.h"

namespace pavlov::envs {
namespace {

const ActionView kNoActions{std::span<const std::int32_t>()};

TEST(Picture, KeepsShapesInOrder) {
  Picture picture;
  picture.start(60, 40, {1, 2, 3});
  picture.polygon({{0, 0}, {1, 0}, {0, 1}}, {4, 5, 6});
  picture.circle({7, 8}, 2.5f, {9, 9, 9});
  ASSERT_EQ(picture.shapes.size(), 2u);
  EXPECT_EQ(picture.shapes[0].kind, Shape::Kind::polygon);
  EXPECT_EQ(picture.points_of(picture.shapes[0]).size(), 3u);
  EXPECT_EQ(picture.points_of(picture.shapes[1])[0], (Point{7, 8}));
  EXPECT_EQ(picture.shapes[1].size, 2.5f);
  picture.start(1, 1, {});
  EXPECT_TRUE(picture.shapes.empty());
}

// Every environment has a picture; it is finite, depends on the row, and filling it again allocates
// nothing.
TEST(Picture, OfEveryEnvironment) {
  for (const CatalogEntry& entry : catalog()) {
    SCOPED_TRACE(entry.id);
    const auto env = make(entry.id, {.num_envs = 3});
    env->reset(std::uint64_t{5});
    Picture first, second;
    ASSERT_TRUE(env->draw(0, kNoActions, first));
    ASSERT_TRUE(env->draw(2, kNoActions, second));
    EXPECT_GT(first.width, 0.0f);
    EXPECT_GT(first.shapes.size(), 2u);
    for (const Point& p : first.points) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
    EXPECT_FALSE(first == second);
    const Point* points = first.points.data();
    ASSERT_TRUE(env->draw(0, kNoActions, first));
    EXPECT_EQ(first.points.data(), points);
  }
}

// Flames, torques and wind show, and only where they are.
TEST(Picture, ShowsWhatActs) {
  const auto lander = make("LunarLander-v3", {.num_envs = 1});
  lander->reset(std::uint64_t{1});
  Picture idle, main, side;
  const std::vector<std::int32_t> nothing = {0}, up = {2}, left = {1};
  lander->draw(0, nothing, idle);
  lander->draw(0, up, main);
  lander->draw(0, left, side);
  EXPECT_EQ(main.shapes.size(), idle.shapes.size() + 2);
  EXPECT_EQ(side.shapes.size(), idle.shapes.size() + 2);
  EXPECT_FALSE(main == side);

  const std::vector<EnvOption> windy = {{"enable_wind", "true"}};
  const auto storm = make("LunarLander-v3", {.num_envs = 1}, windy);
  storm->reset(std::uint64_t{1});
  Picture wind;
  storm->draw(0, nothing, wind);
  EXPECT_EQ(wind.shapes.size(), idle.shapes.size() + 6);

  const auto pendulum = make("Pendulum-v1", {.num_envs = 1});
  pendulum->reset(std::uint64_t{1});
  const float torque[] = {1.5f};
  Picture loose, driven;
  pendulum->draw(0, kNoActions, loose);
  pendulum->draw(0, ConstMatrixView(torque, 1, 1), driven);
  EXPECT_EQ(driven.shapes.size(), loose.shapes.size() + 2);
}

// Box2D's worlds show the same scene as ours, before the first step.
TEST(Picture, OfBothLanderEngines) {
  const std::vector<EnvOption> options = {{"engine", "box2d"}};
  std::unique_ptr<VecEnv> box2d;
  try {
    box2d = make("LunarLander-v3", {.num_envs = 1}, options);
  } catch (const std::exception&) {
    GTEST_SKIP() << "built without Box2D";
  }
  const auto exact = make("LunarLander-v3", {.num_envs = 1});
  exact->reset(std::uint64_t{9});
  box2d->reset(std::uint64_t{9});
  Picture ours, theirs;
  exact->draw(0, kNoActions, ours);
  box2d->draw(0, kNoActions, theirs);
  ASSERT_EQ(ours.points.size(), theirs.points.size());
  for (std::size_t k = 0; k < ours.points.size(); ++k) {
    EXPECT_NEAR(ours.points[k].x, theirs.points[k].x, 0.5f);
    EXPECT_NEAR(ours.points[k].y, theirs.points[k].y, 0.5f);
  }
}

// A user's environment with a picture of its action.
class Dial final : public Env {
 public:
  const EnvSpec& spec() const override {
    static const EnvSpec spec = [] {
      EnvSpec s;
      s.id = "Dial";
      s.observation_space = {{0.0f}, {1.0f}};
      s.action_space = Discrete{3};
      return s;
    }();
    return spec;
  }
  void reset(kernels::Pcg64&) override {}
  Transition step(const Action&, kernels::Pcg64&) override { return {}; }
  void observe(std::span<float> observation) const override { observation[0] = 0.0f; }
  bool draw(const Action* last, Picture& picture) const override {
    picture.start(10, 10, {});
    picture.circle({5, 5}, last == nullptr ? 0.0f : static_cast<float>(last->discrete), {});
    return true;
  }
};

TEST(Picture, OfAUsersEnvironment) {
  const auto env = make_vec([] { return std::make_unique<Dial>(); }, {.num_envs = 2});
  env->reset(std::uint64_t{0});
  Picture picture;
  const std::vector<std::int32_t> actions = {1, 2};
  ASSERT_TRUE(env->draw(1, actions, picture));
  EXPECT_EQ(picture.shapes[0].size, 2.0f);
  ASSERT_TRUE(env->draw(1, kNoActions, picture));
  EXPECT_EQ(picture.shapes[0].size, 0.0f);
}

TEST(Picture, PassesThroughWrappers) {
  FrameStackObservation stacked(make("CartPole-v1", {.num_envs = 1}), 2);
  stacked.reset(std::uint64_t{0});
  Picture picture;
  EXPECT_TRUE(stacked.draw(0, kNoActions, picture));
}

}  // namespace
}  // namespace pavlov::envs
