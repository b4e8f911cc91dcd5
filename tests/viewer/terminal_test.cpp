#include "pavlov/apps/viewer/terminal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "sample.h"
#include "stages.h"

namespace pavlov::apps {
namespace {

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

TEST(DotImage, DrawsBraille) {
  DotImage image(1, 1);
  EXPECT_EQ(image.lines()[0], "\u2800");
  image.set(0, 0);
  EXPECT_EQ(image.lines()[0], "\u2801");
  image.set(1, 3);
  EXPECT_EQ(image.lines()[0], "\u2881");
  image.set(5, 5);
  image.set(-1, 0);  // ignored
  EXPECT_EQ(image.lines()[0], "\u2881");
}

TEST(DotImage, FillsShapes) {
  envs::Picture picture;
  picture.start(40, 40, {255, 255, 255});
  picture.polygon({{10, 10}, {30, 10}, {30, 30}, {10, 30}}, {0, 0, 0});
  DotImage image(20, 10);  // 40 x 40 dots
  image.picture(picture);
  int dots = 0;
  for (std::size_t y = 0; y < 40; ++y) {
    for (std::size_t x = 0; x < 40; ++x) dots += image.at(x, y) ? 1 : 0;
  }
  EXPECT_EQ(dots, 400);
  EXPECT_TRUE(image.at(10, 10));
  EXPECT_FALSE(image.at(9, 10));
}

TEST(Terminal, FramesFitTheirSize) {
  const Sample sample = sample_run("LunarLander-v3", 4, true);
  for (const auto& [columns, rows] :
       {std::pair<std::size_t, std::size_t>{80, 24}, {120, 40}, {200, 60}, {40, 12}, {20, 6}}) {
    const auto lines = terminal_frame(sample.subject, sample.snapshot, "full speed", columns, rows);
    EXPECT_LE(lines.size(), rows);
    for (const std::string& line : lines) {
      EXPECT_LE(characters(line), columns) << columns << " " << line;
    }
  }
}

TEST(Terminal, ShowsTheRun) {
  const Sample sample = sample_run("LunarLander-v3", 4, true);
  std::string text;
  for (const auto& line : terminal_frame(sample.subject, sample.snapshot, "full speed", 110, 34)) {
    text += line + "\n";
  }
  for (const char* part : {"rainbow", "LunarLander-v3", "189,440 of 300,000", "episode return",
                           "main engine", "full speed"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_NE(text.find("\u28ff"), std::string::npos) << "the ground is filled";
}

TEST(Terminal, EmptySnapshot) { EXPECT_NO_THROW(terminal_frame({}, {}, "", 80, 24)); }

TEST(Terminal, NeedsATerminal) {
  CountingStage stage;
  EXPECT_THROW(run_in_terminal(stage, [] { return true; }), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::apps
