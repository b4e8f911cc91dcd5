// The example with a torch::nn network: its pictures, and that it learns from them.
#include "pavlov/apps/examples/pixel_cartpole.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/tests/apps/run_example.h"
#include "pavlov/tests/envs/conformance.h"

namespace pavlov::examples {
namespace {

TEST(PixelCartPole, Conforms) {
  envs::check_conformance([](const envs::VecOptions& options) {
    return envs::make_vec([] { return std::make_unique<PixelCartPole>(); }, options);
  });
}

// Mean column of the grey in rows [from, to), pixels from the left edge.
double centre(const PixelCartPole::Frame& frame, std::size_t from, std::size_t to) {
  double weight = 0.0, sum = 0.0;
  for (std::size_t r = from; r < to; ++r) {
    for (std::size_t c = 0; c < PixelCartPole::kColumns; ++c) {
      const auto grey = static_cast<double>(frame[r * PixelCartPole::kColumns + c]);
      weight += grey;
      sum += grey * (static_cast<double>(c) + 0.5);
    }
  }
  return sum / weight;
}

TEST(PixelCartPole, PicturesShowTheSmallestMotions) {
  const auto cart = [](float x) { return centre(draw_frame(x, 0.0f), 20, 23); };
  EXPECT_NEAR(cart(0.0f), 16.0, 1e-4);
  EXPECT_NEAR(cart(1.2f), 24.0, 1e-4);                // 4.8 m are 32 pixels
  EXPECT_NEAR(cart(0.015f) - cart(0.0f), 0.1, 1e-4);  // a tenth of a pixel
  const auto top = [](float angle) { return centre(draw_frame(0.0f, angle), 4, 5); };  // 15.5 above
  EXPECT_NEAR(top(0.0f), 16.0, 1e-4);
  EXPECT_NEAR(top(0.1f), 16.0 + 15.5 * std::tan(0.1), 1e-4);  // leans to the right
  EXPECT_NEAR(top(-0.2f), 16.0 - 15.5 * std::tan(0.2), 1e-4);
  const PixelCartPole::Frame out = draw_frame(100.0f, 0.0f);  // far outside of the picture
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0.0f), 0.0f);
}

// The same game as CartPole-v1, seen two frames at a time.
TEST(PixelCartPole, ShowsTheGameOfItsSeed) {
  constexpr std::size_t kPixels = PixelCartPole::kRows * PixelCartPole::kColumns;
  PixelCartPole pixels;
  kernels::Pcg64 random(5);
  const std::uint64_t seed = kernels::Pcg64(5).next();
  const auto game = envs::make("CartPole-v1", {.autoreset_mode = envs::AutoresetMode::disabled});
  const auto state = game->reset(seed);
  pixels.reset(random);
  PixelCartPole::Frame before = draw_frame(state(0, 0), state(0, 2));
  PixelCartPole::Frame now = before;
  for (int step = 0;; ++step) {
    std::vector<float> seen(2 * kPixels);
    pixels.observe(seen);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), seen.begin())) << step;
    ASSERT_TRUE(std::equal(now.begin(), now.end(), seen.begin() + kPixels)) << step;
    const std::int32_t action = step / 3 % 2;
    const envs::Transition transition = pixels.step({.discrete = action, .continuous = {}}, random);
    const envs::StepView expected = game->step(std::span(&action, 1));
    ASSERT_EQ(transition.reward, expected.reward[0]);
    ASSERT_EQ(transition.terminated, expected.terminated[0] != 0) << step;
    if (transition.terminated) {
      EXPECT_GT(step, 8);
      return;
    }
    before = now;
    now = draw_frame(expected.observation(0, 0), expected.observation(0, 2));
  }
}

TEST(PixelCartPole, ExampleRuns) { expect_runs_shortly("torch_pixels"); }

TEST(SlowExamples, DqnLearnsFromPixels) {
  const ExampleOutput learned = run_example("torch_pixels");
  EXPECT_LT(learned.before, 30.0) << learned.out;
  EXPECT_GT(learned.after, 100.0) << learned.out;
}

}  // namespace
}  // namespace pavlov::examples
