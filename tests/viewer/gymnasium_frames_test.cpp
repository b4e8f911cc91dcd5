// Pictures of environments against Gymnasium's rgb_array of the same states: every pixel of a
// colour in one picture has one of that colour in the other, at most two pixels away.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "image.h"
#include "pavlov/apps/viewer/canvas.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::apps {
namespace {

constexpr double kTolerance = 2.0;  // pixels

// How far the pixels of `color` in `from` are from those in `to`, at most; edges are smoothed, so
// that what is clearly of the colour here may be so by half there.
double farthest(const Image& from, const Image& to, Color color) {
  constexpr int kClear = 50, kHalf = 135, kReach = 6;
  double most = 0.0;
  for (int y = 0; y < from.height; ++y) {
    for (int x = 0; x < from.width; ++x) {
      if (difference(from.at(x, y), rgb(color)) > kClear) continue;
      double nearest = kReach + 1;
      for (int dy = -kReach; dy <= kReach; ++dy) {
        for (int dx = -kReach; dx <= kReach; ++dx) {
          const int u = x + dx, v = y + dy;
          if (u < 0 || v < 0 || u >= to.width || v >= to.height) continue;
          if (std::hypot(dx, dy) < nearest && difference(to.at(u, v), rgb(color)) <= kHalf) {
            nearest = std::hypot(dx, dy);
          }
        }
      }
      most = std::max(most, nearest);
    }
  }
  return most;
}

struct Frame {
  std::string file, env;
  std::uint64_t seed = 0;
  std::vector<float> actions;
};

std::vector<Frame> frames() {
  std::vector<Frame> all;
  std::ifstream table(PAVLOV_TEST_DATA "/frames/frames.csv");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    Frame frame;
    std::string word;
    std::getline(words, frame.file, ',');
    std::getline(words, frame.env, ',');
    std::getline(words, word, ',');
    frame.seed = std::stoull(word);
    while (std::getline(words, word, ',')) frame.actions.push_back(std::stof(word));
    all.push_back(frame);
  }
  return all;
}

// What the environment shows after the frame's actions.
envs::Picture picture_after(const Frame& frame) {
  const auto env = envs::make(frame.env);
  env->reset(frame.seed);
  envs::Picture picture;
  const auto* box = std::get_if<envs::Box>(&env->spec().action_space);
  const std::size_t width = box == nullptr ? 1 : box->size();
  for (std::size_t k = 0; k < frame.actions.size(); k += width) {
    const std::vector<std::int32_t> discrete = {static_cast<std::int32_t>(frame.actions[k])};
    const envs::ConstMatrixView continuous(frame.actions.data() + k, 1, width);
    const envs::ActionView action =
        box == nullptr ? envs::ActionView(discrete) : envs::ActionView(continuous);
    env->step(action);
    EXPECT_TRUE(env->draw(0, action, picture));
  }
  return picture;
}

std::vector<Color> colors_of(const std::string& env) {
  if (env.starts_with("CartPole")) return {{0, 0, 0}, {202, 152, 101}, {129, 132, 203}};
  if (env.starts_with("Acrobot")) return {{0, 0, 0}, {0, 204, 204}, {204, 204, 0}};
  if (env.starts_with("MountainCar")) return {{0, 0, 0}, {128, 128, 128}, {204, 204, 0}};
  if (env.starts_with("Pendulum")) return {{204, 77, 77}};
  return {{255, 255, 255}, {128, 102, 230}, {204, 204, 0}};
}

TEST(GymnasiumFrames, AreOursWithinTwoPixels) {
  const std::vector<Frame> all = frames();
  ASSERT_EQ(all.size(), 6u);
  for (const Frame& frame : all) {
    SCOPED_TRACE(frame.file);
    const Image theirs = read_png(PAVLOV_TEST_DATA "/frames/" + frame.file);
    const envs::Picture picture = picture_after(frame);
    ASSERT_EQ(picture.width, static_cast<float>(theirs.width));
    ASSERT_EQ(picture.height, static_cast<float>(theirs.height));
    Canvas canvas(theirs.width, theirs.height);
    canvas.picture(picture, {0, 0, canvas.width(), canvas.height()}, plain_theme());
    keep(canvas, frame.env);
    const Image ours = image_of(canvas);
    for (const Color color : colors_of(frame.env)) {
      SCOPED_TRACE(::testing::Message() << "color " << int{color.red} << " " << int{color.green}
                                        << " " << int{color.blue});
      EXPECT_GT(count(theirs, color, 50), 20u);
      EXPECT_LE(farthest(theirs, ours, color), kTolerance);
      EXPECT_LE(farthest(ours, theirs, color), kTolerance);
    }
  }
}

// The measure itself sees what is three pixels off.
TEST(GymnasiumFrames, ThreePixelsAreTooFar) {
  Canvas here(100, 60), there(100, 60);
  for (Canvas* canvas : {&here, &there}) canvas->clear({255, 255, 255});
  here.fill({20, 20, 30, 20}, {202, 152, 101});
  there.fill({23, 20, 30, 20}, {202, 152, 101});
  EXPECT_GT(farthest(image_of(here), image_of(there), {202, 152, 101}), kTolerance);
}

}  // namespace
}  // namespace pavlov::apps
