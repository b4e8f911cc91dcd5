#include "pavlov/apps/viewer/layout.h"

#include <gtest/gtest.h>

namespace pavlov::apps {
namespace {

bool overlap(const Rect& a, const Rect& b) {
  return a.width > 0 && b.width > 0 && a.x < b.right() - 1e-9 && b.x < a.right() - 1e-9 &&
         a.y < b.bottom() - 1e-9 && b.y < a.bottom() - 1e-9;
}

TEST(Layout, PartsStayInsideAndApart) {
  for (const double width : {320.0, 640.0, 860.0, 1280.0, 1920.0, 3840.0}) {
    for (const double height : {240.0, 480.0, 520.0, 720.0, 1080.0, 2160.0}) {
      for (const std::size_t tiles : {1u, 2u, 5u, 16u, 37u, 64u}) {
        const Layout layout = make_layout(width, height, {.tiles = tiles});
        ASSERT_EQ(layout.tiles.size(), tiles);
        std::vector<Rect> parts = layout.tiles;
        for (const Rect& r : {layout.progress, layout.returns, layout.charts[0], layout.charts[1],
                              layout.charts[2], layout.charts[3], layout.opinion, layout.keys}) {
          parts.push_back(r);
        }
        for (std::size_t i = 0; i < parts.size(); ++i) {
          EXPECT_GE(parts[i].x, 0);
          EXPECT_LE(parts[i].right(), width + 1e-9);
          EXPECT_LE(parts[i].bottom(), height + 1e-9);
          for (std::size_t j = i + 1; j < parts.size(); ++j) {
            EXPECT_FALSE(overlap(parts[i], parts[j])) << width << "x" << height << " " << tiles;
          }
        }
      }
    }
  }
}

TEST(Layout, SixteenLandersStandInASquare) {
  const Layout layout = make_layout(1280, 720, {.tiles = 16});
  EXPECT_EQ(layout.columns, 4u);
  EXPECT_NEAR(layout.tiles[0].width / layout.tiles[0].height, 1.5, 0.1);
}

TEST(Layout, FindsTheTileUnderAPoint) {
  const Layout layout = make_layout(1280, 720, {.tiles = 16});
  for (std::size_t k = 0; k < 16; ++k) {
    const Rect& r = layout.tiles[k];
    EXPECT_EQ(tile_at(layout, r.x + r.width / 2, r.y + r.height / 2), k);
  }
  EXPECT_FALSE(tile_at(layout, 1, 1));
}

}  // namespace
}  // namespace pavlov::apps
