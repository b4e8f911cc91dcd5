#include "pavlov/apps/learning_curve.h"

#include <gtest/gtest.h>

#include <string>

namespace pavlov::apps {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(LearningCurve, DrawsEveryPointTheBandAndTheThreshold) {
  const std::string svg =
      learning_curve_svg("a < b & c", {{2000, 50, 10, 90}, {4000, 400, 300, 500}}, 475.0);
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count(svg, "<circle"), 2u);
  EXPECT_EQ(count(svg, "<polygon"), 1u);
  EXPECT_EQ(count(svg, "solved at 475"), 1u);
  EXPECT_EQ(count(svg, "a &lt; b &amp; c"), 1u);
  EXPECT_EQ(count(svg, "nan"), 0u);
}

TEST(LearningCurve, SurvivesNoPointsAndOnePoint) {
  EXPECT_EQ(count(learning_curve_svg("t", {}, {}), "nan"), 0u);
  EXPECT_EQ(count(learning_curve_svg("t", {}, {}), "inf"), 0u);
  const std::string one = learning_curve_svg("t", {{100, -200, -200, -200}}, {});
  EXPECT_EQ(count(one, "<circle"), 1u);
  EXPECT_EQ(count(one, "nan"), 0u);
}

TEST(LearningCurve, HigherReturnsAreDrawnHigher) {
  const std::string svg = learning_curve_svg("t", {{1, 10, 10, 10}, {2, 90, 90, 90}}, {});
  const auto height_of = [&](std::size_t n) {
    std::size_t at = 0;
    for (std::size_t k = 0; k <= n; ++k) at = svg.find("cy=\"", at) + 4;
    return std::stod(svg.substr(at));
  };
  EXPECT_GT(height_of(0), height_of(1));
}

}  // namespace
}  // namespace pavlov::apps
