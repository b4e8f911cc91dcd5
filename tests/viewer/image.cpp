#include "image.h"

#include <cairo/cairo.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace pavlov::apps {

Image read_png(const std::filesystem::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy(surface);
    throw std::runtime_error(path.string() + ": cannot be read");
  }
  Image image{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  image.pixels.resize(static_cast<std::size_t>(image.width * image.height));
  const auto row = static_cast<std::size_t>(image.width);
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(image.pixels.data() + static_cast<std::size_t>(y) * row,
                cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface),
                4 * row);
  }
  cairo_surface_destroy(surface);
  return image;
}

Image image_of(const Canvas& canvas) {
  const Pixels pixels = canvas.pixels();
  return {pixels.width, pixels.height, {pixels.data.begin(), pixels.data.end()}};
}

int difference(std::uint32_t a, std::uint32_t b) {
  int most = 0;
  for (const int shift : {0, 8, 16}) {
    most = std::max(
        most, std::abs(static_cast<int>(a >> shift & 255) - static_cast<int>(b >> shift & 255)));
  }
  return most;
}

std::size_t count(const Image& image, Color color, int most) {
  return static_cast<std::size_t>(std::ranges::count_if(
      image.pixels, [&](std::uint32_t p) { return difference(p, rgb(color)) <= most; }));
}

void keep(const Canvas& canvas, const std::string& name) {
  const char* folder = std::getenv("PAVLOV_KEEP_FRAMES");
  if (folder != nullptr) canvas.write_png(std::filesystem::path(folder) / (name + ".png"));
}

}  // namespace pavlov::apps
