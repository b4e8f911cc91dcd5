// terminal_picture OUT.png: the text of standard input as a dark terminal shows it.
//
// For apps/readme_pictures. Letters are set in JetBrains Mono; Braille dots, blocks and rules,
// which it lacks or which must meet their neighbours, are drawn.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/canvas.h"

namespace pavlov::apps {
namespace {

constexpr double kWidth = 8.0, kHeight = 17.0;      // of a character
constexpr double kSize = kWidth / 0.6;              // of letters of that width
constexpr double kMargin = 20.0, kBaseline = 12.5;  // of a line
constexpr double kScale = 2.0;

// The characters of a line, each in UTF-8.
std::vector<std::string> characters(const std::string& line) {
  std::vector<std::string> all;
  for (const char c : line) {
    if ((c & 0xc0) == 0x80 && !all.empty()) {
      all.back() += c;
    } else {
      all.emplace_back(1, c);
    }
  }
  return all;
}

// Of U+2800 to U+28ff the bits of the dots, else -1.
int braille_bits(const std::string& character) {
  if (character.size() != 3 || character[0] != '\xe2') return -1;
  const int code = (character[1] & 0x3f) << 6 | (character[2] & 0x3f);
  return code >= 0x800 && code < 0x900 ? code & 0xff : -1;
}

void draw_braille(Canvas& canvas, int bits, double x, double y, Color color) {
  constexpr int kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 2; ++column) {
      if ((bits & kBits[row][column]) == 0) continue;
      canvas.circle(at(x + (column + 0.5) * kWidth / 2, y + (row + 0.5) * kHeight / 4), 1.35,
                    color);
    }
  }
}

void draw_character(Canvas& canvas, const std::string& character, double x, double y,
                    const Theme& theme) {
  const int bits = braille_bits(character);
  const double middle = y + kHeight / 2;
  if (bits >= 0) {
    draw_braille(canvas, bits, x, y, theme.ink);
  } else if (character == "█") {
    canvas.fill({x, y + 3, kWidth, kHeight - 6}, theme.ink);
  } else if (character == "░") {
    canvas.fill({x, y + 3, kWidth, kHeight - 6}, theme.mute);
  } else if (character == "━") {
    canvas.fill({x, middle - 1.5, kWidth, 3}, theme.ink);
  } else if (character == "─") {
    canvas.fill({x, middle - 0.5, kWidth, 1}, theme.mute);
  } else if (character == "▸") {
    canvas.polygon(std::vector<Point>{at(x, y + 4), at(x + 6.5, middle), at(x, y + kHeight - 4)},
                   theme.text);
  } else if (character != " ") {
    canvas.text(character, at(x, y + kBaseline),
                {.size = kSize, .color = theme.text, .mono = true});
  }
}

void draw(std::istream& text, const char* path) {
  std::vector<std::vector<std::string>> lines;
  std::size_t columns = 1;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(characters(line));
    columns = std::max(columns, lines.back().size());
  }
  Canvas canvas(2 * kMargin + kWidth * static_cast<double>(columns),
                2 * kMargin + kHeight * static_cast<double>(lines.size()), kScale);
  canvas.clear(dark_theme().background);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (std::size_t column = 0; column < lines[row].size(); ++column) {
      draw_character(canvas, lines[row][column], kMargin + kWidth * static_cast<double>(column),
                     kMargin + kHeight * static_cast<double>(row), dark_theme());
    }
  }
  canvas.write_png(path);
}

}  // namespace
}  // namespace pavlov::apps

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: terminal_picture OUT.png < text\n", stderr);
    return 2;
  }
  try {
    pavlov::apps::draw(std::cin, argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "terminal_picture: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
