// Sketch: draws in the coordinates of Gymnasium's rgb_array pictures.
//
// There y points up, and whole numbers name the middles of pixels, as in pygame.
#pragma once

#include <array>
#include <cmath>

#include "pavlov/envs/picture.h"

namespace pavlov::envs {

inline constexpr Color kWhite{255, 255, 255}, kBlack{0, 0, 0};
inline constexpr Color kFlagYellow{204, 204, 0};

struct Spot {
  double x, y;
};

// Ground and horizons go on beyond the picture by this much, for who shows more than the picture.
inline constexpr double kBeyond = 2000.0;

class Sketch {
 public:
  Sketch(Picture& picture, double width, double height, Color background) : picture_(picture) {
    picture.start(static_cast<float>(width), static_cast<float>(height), background);
  }

  Point at(Spot spot) const {
    return {static_cast<float>(spot.x + 0.5),
            static_cast<float>(static_cast<double>(picture_.height) - 0.5 - spot.y)};
  }
  // The rectangle [left, right] x [bottom, top], turned counter-clockwise by `angle` (rad) around
  // its own (0, 0), which is then moved to `origin`.
  void box(double left, double right, double bottom, double top, double angle, Spot origin,
           Color color) {
    const auto corner = [&](double x, double y) { return at(turned({x, y}, angle, origin)); };
    picture_.polygon(
        {corner(left, bottom), corner(left, top), corner(right, top), corner(right, bottom)},
        color);
  }
  void disc(Spot center, double radius, Color color) {
    picture_.circle(at(center), static_cast<float>(radius), color);
  }
  void line(Spot from, Spot to, Color color, double width = 1.0) {
    picture_.polyline({at(from), at(to)}, color, static_cast<float>(width));
  }
  // A flag of Gymnasium's: a pole of 50 pixels with a pennant at its right.
  void flag(Spot foot, Color pole) {
    line(foot, {foot.x, foot.y + 50}, pole);
    picture_.polygon(
        {at({foot.x, foot.y + 50}), at({foot.x, foot.y + 40}), at({foot.x + 25, foot.y + 45})},
        kFlagYellow);
  }

  static Spot turned(Spot spot, double angle, Spot origin) {
    const double sin = std::sin(angle), cos = std::cos(angle);
    return {origin.x + cos * spot.x - sin * spot.y, origin.y + sin * spot.x + cos * spot.y};
  }

  Picture& picture() { return picture_; }

 private:
  Picture& picture_;
};

}  // namespace pavlov::envs
