#include "pavlov/envs/picture.h"

namespace pavlov::envs {
namespace {

void add(Picture& picture, Shape::Kind kind, std::span<const Point> points, Color color,
         float size) {
  picture.shapes.push_back({.kind = kind,
                            .color = color,
                            .size = size,
                            .first = static_cast<std::uint32_t>(picture.points.size()),
                            .count = static_cast<std::uint32_t>(points.size())});
  picture.points.insert(picture.points.end(), points.begin(), points.end());
}

std::span<const Point> view(std::initializer_list<Point> points) {
  return {points.begin(), points.size()};
}

}  // namespace

void Picture::start(float new_width, float new_height, Color new_background) {
  width = new_width;
  height = new_height;
  background = new_background;
  points.clear();
  shapes.clear();
}

void Picture::polygon(std::span<const Point> corners, Color color) {
  add(*this, Shape::Kind::polygon, corners, color, 0.0f);
}

void Picture::polygon(std::initializer_list<Point> corners, Color color) {
  polygon(view(corners), color);
}

void Picture::polyline(std::span<const Point> corners, Color color, float line_width) {
  add(*this, Shape::Kind::polyline, corners, color, line_width);
}

void Picture::polyline(std::initializer_list<Point> corners, Color color, float line_width) {
  polyline(view(corners), color, line_width);
}

void Picture::circle(Point center, float radius, Color color) {
  add(*this, Shape::Kind::circle, {&center, 1}, color, radius);
}

}  // namespace pavlov::envs
