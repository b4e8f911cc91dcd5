// Whole frames of made-up runs: what must be there is there, at every size and in both themes.
#include "pavlov/apps/viewer/frame.h"

#include <gtest/gtest.h>

#include "image.h"
#include "sample.h"

namespace pavlov::apps {
namespace {

Image draw(const Sample& sample, int width, int height, double scale, const std::string& name) {
  Canvas canvas(width, height, scale);
  draw_frame(canvas, make_layout(width, height, parts_of(sample.snapshot)), sample.subject,
             sample.snapshot, sample.view);
  keep(canvas, name);
  return image_of(canvas);
}

TEST(Frame, ShowsLandersCurvesAndBars) {
  const Sample sample = sample_run("LunarLander-v3", 16, true);
  const Image image = draw(sample, 1280, 720, 1.0, "landers_dark");
  const Theme& theme = dark_theme();
  EXPECT_GT(count(image, theme.blue, 8), 4000u);      // progress, curve, bar of the chosen action
  EXPECT_GT(count(image, theme.orange, 8), 100u);     // loss
  EXPECT_GT(count(image, theme.purple, 8), 100u);     // value
  EXPECT_GT(count(image, {128, 102, 230}, 8), 500u);  // hulls
  EXPECT_GT(count(image, theme.ground, 8), 20000u);
  EXPECT_GT(count(image, theme.background, 2), 40000u);
}

TEST(Frame, LightTheme) {
  Sample sample = sample_run("LunarLander-v3", 16, true);
  sample.view.theme = &light_theme();
  const Image image = draw(sample, 1280, 720, 1.0, "landers_light");
  EXPECT_GT(count(image, light_theme().panel, 2), 100000u);
  EXPECT_EQ(count(image, dark_theme().background, 0), 0u);
}

TEST(Frame, OneAndManyEnvironments) {
  for (const auto& [env, n] : {std::pair<std::string, std::size_t>{"CartPole-v1", 1},
                               {"Acrobot-v1", 4},
                               {"MountainCar-v0", 6},
                               {"CartPole-v1", 64}}) {
    const Sample sample = sample_run(env, n, false);
    const Image image = draw(sample, 1280, 720, 1.0, env + "_" + std::to_string(n));
    EXPECT_GT(count(image, dark_theme().blue, 8), 1000u) << env;
  }
}

TEST(Frame, HelpAndMessage) {
  Sample sample = sample_run("CartPole-v1", 4, false);
  sample.view.message = "saved checkpoint at step 189,440";
  draw(sample, 1280, 720, 1.0, "message");
  sample.view.attention = true;
  sample.view.status = "paused";
  const Image quiet = draw(sample, 1280, 720, 1.0, "paused");
  EXPECT_EQ(count(quiet, dark_theme().red, 30), 0u);
  sample.view.recording = true;
  const Image recording = draw(sample, 1280, 720, 1.0, "recording");
  EXPECT_GT(count(recording, dark_theme().red, 30), 20u);
  sample.view.help = true;
  const Image help = draw(sample, 1280, 720, 1.0, "help");
  EXPECT_LT(count(help, dark_theme().blue, 8), count(recording, dark_theme().blue, 8) / 2);
}

TEST(Frame, SmallAndLargeWindowsAndScales) {
  const Sample sample = sample_run("LunarLander-v3", 4, true);
  for (const auto& [width, height, scale] : {std::tuple{400, 300, 1.0},
                                             {900, 500, 1.0},
                                             {1280, 720, 2.0},
                                             {1920, 1080, 1.0},
                                             {60, 40, 1.0},
                                             {1, 1, 1.0}}) {
    const Image image = draw(sample, width, height, scale,
                             "size_" + std::to_string(width) + "x" + std::to_string(height));
    EXPECT_EQ(image.width, static_cast<int>(width * scale));
    EXPECT_EQ(image.height, static_cast<int>(height * scale));
  }
}

// Nothing at all is shown without a fall.
TEST(Frame, EmptySnapshot) {
  Sample sample;
  draw(sample, 1280, 720, 1.0, "empty");
  sample.snapshot.tiles.resize(3);  // without pictures
  sample.snapshot.selected = 7;
  draw(sample, 1280, 720, 1.0, "no_pictures");
}

}  // namespace
}  // namespace pavlov::apps
