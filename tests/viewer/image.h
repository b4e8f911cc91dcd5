// Images in tests: read from PNG files and from canvases.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pavlov/apps/viewer/canvas.h"

namespace pavlov::apps {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint32_t> pixels;  // 0x..RRGGBB

  std::uint32_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)] &
           0xffffff;
  }
};

// Throws std::runtime_error where it cannot be read.
Image read_png(const std::filesystem::path& path);
Image image_of(const Canvas& canvas);

// Largest difference of a channel.
int difference(std::uint32_t a, std::uint32_t b);
inline std::uint32_t rgb(Color c) {
  return std::uint32_t{c.red} << 16 | std::uint32_t{c.green} << 8 | c.blue;
}

// Pixels that differ from `color` by at most `most` in every channel.
std::size_t count(const Image& image, Color color, int most);

// Writes the canvas as <name>.png into the folder that PAVLOV_KEEP_FRAMES names, where it does: to
// look at what the tests draw.
void keep(const Canvas& canvas, const std::string& name);

}  // namespace pavlov::apps
