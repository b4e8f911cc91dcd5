#include "pavlov/apps/viewer/canvas.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "image.h"

namespace pavlov::apps {
namespace {

TEST(Canvas, FillsExactlyItsPixels) {
  Canvas canvas(8, 4);
  canvas.clear({10, 20, 30});
  canvas.fill({2, 1, 3, 2}, {200, 100, 50});
  const Image image = image_of(canvas);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 8; ++x) {
      const bool inside = x >= 2 && x < 5 && y >= 1 && y < 3;
      EXPECT_EQ(image.at(x, y), inside ? 0xc86432u : 0x0a141eu) << x << " " << y;
    }
  }
}

TEST(Canvas, ScaleMultipliesPixels) {
  Canvas canvas(10, 6, 2.0);
  EXPECT_EQ(canvas.width(), 10.0);
  EXPECT_EQ(canvas.pixels().width, 20);
  canvas.clear({});
  canvas.fill({1, 1, 2, 2}, {255, 255, 255});
  EXPECT_EQ(count(image_of(canvas), {255, 255, 255}, 0), 16u);
}

TEST(Canvas, PictureKeepsItsShape) {
  envs::Picture picture;
  picture.start(10, 10, {255, 255, 255});
  picture.polygon({{0, 0}, {10, 0}, {10, 10}, {0, 10}}, {200, 0, 0});
  Canvas canvas(40, 20);  // twice as wide as the picture: a square in the middle
  canvas.picture(picture, {0, 0, 40, 20}, plain_theme());
  const Image image = image_of(canvas);
  EXPECT_EQ(image.at(5, 10), 0xffffffu);
  EXPECT_EQ(image.at(20, 10), 0xc80000u);
  EXPECT_EQ(count(image, {200, 0, 0}, 0), 400u);
}

TEST(Canvas, TextIsAligned) {
  const auto first_and_last = [](Align align) {
    Canvas canvas(200, 40);
    canvas.clear({});
    canvas.text("pavlov", {100, 25}, {.size = 16, .color = {255, 255, 255}, .align = align});
    const Image image = image_of(canvas);
    int first = 200, last = -1;
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 200; ++x) {
        if (image.at(x, y) == 0) continue;
        first = std::min(first, x);
        last = std::max(last, x);
      }
    }
    return std::pair(first, last);
  };
  EXPECT_GE(first_and_last(Align::left).first, 99);
  EXPECT_LE(first_and_last(Align::right).second, 101);
  const auto [first, last] = first_and_last(Align::middle);
  EXPECT_NEAR((first + last) / 2.0, 100.0, 2.0);
}

TEST(Canvas, RefusesSizesAndFiles) {
  EXPECT_THROW(Canvas(0, 10), std::invalid_argument);
  EXPECT_THROW(Canvas(10, 20000), std::invalid_argument);
  EXPECT_THROW(Canvas(10000, 10, 2.0), std::invalid_argument);
  const Canvas canvas(4, 4);
  EXPECT_THROW(canvas.write_png("/nonexistent/folder/a.png"), std::runtime_error);
}

TEST(Theme, TintsGreysAndLeavesColors) {
  const Color white{255, 255, 255}, black{0, 0, 0}, wood{202, 152, 101};
  for (const Theme* theme : {&dark_theme(), &light_theme()}) {
    EXPECT_EQ(theme->tint(white, white), theme->paper);
    EXPECT_EQ(theme->tint(black, white), theme->ink);
    EXPECT_EQ(theme->tint(black, black), theme->sky);
    EXPECT_EQ(theme->tint(white, black), theme->ground);
    EXPECT_EQ(theme->tint(wood, white), wood);
  }
  EXPECT_EQ(plain_theme().tint({128, 128, 128}, white), (Color{128, 128, 128}));
}

}  // namespace
}  // namespace pavlov::apps
