// Picture: what an environment looks like, as plain data: a list of shapes in the order of drawing.
//
// Environments fill pictures and know nothing of screens; who shows them knows nothing of physics.
// A picture is made of values only, so it may be copied to another thread, kept, or drawn at any
// size. One that is filled again and again allocates nothing once it has had its largest content.
//
// Coordinates are logical pixels, x to the right, y down, (0, 0) the upper left corner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace pavlov::envs {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  std::uint8_t alpha = 255;
  bool operator==(const Color&) const = default;
};

struct Point {
  float x = 0.0f, y = 0.0f;
  bool operator==(const Point&) const = default;
};

struct Shape {
  enum class Kind : std::uint8_t {
    polygon,   // filled
    polyline,  // stroked with `size` as its width; closed where the last point is the first
    circle,    // filled, one point: the centre; `size` is the radius
  };
  Kind kind = Kind::polygon;
  Color color;
  float size = 0.0f;
  std::uint32_t first = 0, count = 0;  // of Picture::points
  bool operator==(const Shape&) const = default;
};

struct Picture {
  float width = 0.0f, height = 0.0f;  // 0: nothing was drawn
  Color background;
  std::vector<Point> points;
  std::vector<Shape> shapes;

  // Empties it and sets its size.
  void start(float new_width, float new_height, Color new_background);
  void polygon(std::span<const Point> corners, Color color);
  void polygon(std::initializer_list<Point> corners, Color color);
  void polyline(std::span<const Point> corners, Color color, float line_width);
  void polyline(std::initializer_list<Point> corners, Color color, float line_width);
  void circle(Point center, float radius, Color color);

  std::span<const Point> points_of(const Shape& shape) const {
    return std::span(points).subspan(shape.first, shape.count);
  }
  bool operator==(const Picture&) const = default;
};

}  // namespace pavlov::envs
