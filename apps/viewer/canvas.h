// Canvas: an image in memory that the viewer draws on, anti-aliased, at any scale.
//
// Drawn with Cairo by the processor: a frame needs no display, so it can be tested, recorded and
// made on a server. Coordinates are logical pixels; an image has scale times as many.
// Text is set in Inter and JetBrains Mono, or in the system's fonts of the same kind where they are
// not installed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "pavlov/apps/viewer/theme.h"
#include "pavlov/envs/picture.h"

namespace pavlov::apps {

using envs::Point;

inline Point at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

struct Rect {
  double x = 0.0, y = 0.0, width = 0.0, height = 0.0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  Rect inset(double margin) const {
    return {x + margin, y + margin, width - 2 * margin, height - 2 * margin};
  }
  bool contains(double px, double py) const {
    return px >= x && px < right() && py >= y && py < bottom();
  }
  bool operator==(const Rect&) const = default;
};

// The finished image: 32-bit pixels 0xffRRGGBB, rows one after the other.
struct Pixels {
  std::span<const std::uint32_t> data;  // (height, width)
  int width = 0, height = 0;
};

enum class Align : std::uint8_t { left, middle, right };

struct TextStyle {
  double size = 13.0;
  Color color = {};
  Align align = Align::left;
  bool bold = false;
  bool mono = false;
};

class Canvas {
 public:
  // Throws std::invalid_argument for a size outside [1, 16384] image pixels.
  Canvas(double width, double height, double scale = 1.0);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  double width() const;   // logical
  double height() const;  // logical
  double scale() const;

  void clear(Color color);
  void fill(const Rect& rect, Color color, double radius = 0.0);
  void outline(const Rect& rect, Color color, double radius = 0.0, double line_width = 1.0);
  void polygon(std::span<const Point> corners, Color color);
  void polyline(std::span<const Point> points, Color color, double line_width);
  void dashed(Point from, Point to, Color color, double line_width);
  void circle(Point center, double radius, Color color);
  // `at.y` is the baseline. Returns the width.
  double text(std::string_view utf8, Point at, const TextStyle& style);
  double text_width(std::string_view utf8, const TextStyle& style);
  // A picture of an environment, as large as fits into `rect`; its background fills the
  // rest of `rect`. Where both have nearly the same shape, it covers `rect` and loses its edges.
  void picture(const envs::Picture& picture, const Rect& rect, const Theme& theme,
               double radius = 0.0);

  Pixels pixels() const;
  // Throws std::runtime_error where the file cannot be written.
  void write_png(const std::filesystem::path& path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pavlov::apps
