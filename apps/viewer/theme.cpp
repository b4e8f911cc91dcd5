#include "pavlov/apps/viewer/theme.h"

#include <algorithm>
#include <cmath>

namespace pavlov::apps {
namespace {

constexpr Color hex(std::uint32_t rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8 & 255),
          static_cast<std::uint8_t>(rgb & 255)};
}

constexpr Theme kDark = {.background = hex(0x0e1116),
                         .panel = hex(0x151a21),
                         .line = hex(0x242b35),
                         .text = hex(0xe6e9ee),
                         .dim = hex(0x8a94a3),
                         .mute = hex(0x3a4656),
                         .blue = hex(0x5aa9ff),
                         .orange = hex(0xff9f43),
                         .green = hex(0x46d39a),
                         .purple = hex(0x9b7bff),
                         .red = hex(0xff6b6b),
                         .yellow = hex(0xffd166),
                         .paper = hex(0x0a0d12),
                         .ink = hex(0xc9d1db),
                         .sky = hex(0x06080b),
                         .ground = hex(0xb7bfc9)};

constexpr Theme kLight = {.background = hex(0xf6f7f9),
                          .panel = hex(0xffffff),
                          .line = hex(0xe1e5ea),
                          .text = hex(0x1b212b),
                          .dim = hex(0x667182),
                          .mute = hex(0xb4bec9),
                          .blue = hex(0x1f78e0),
                          .orange = hex(0xd97a0b),
                          .green = hex(0x14935f),
                          .purple = hex(0x6f4fe0),
                          .red = hex(0xd64545),
                          .yellow = hex(0xc79a00),
                          .paper = hex(0xffffff),
                          .ink = hex(0x1b212b),
                          .sky = hex(0x10151d),
                          .ground = hex(0xdde2e8)};

// Only tint() is asked of it.
constexpr Theme kPlain = {.background = hex(0xffffff),
                          .panel = hex(0xffffff),
                          .line = hex(0x000000),
                          .text = hex(0x000000),
                          .dim = hex(0x000000),
                          .mute = hex(0x000000),
                          .blue = hex(0x0000ff),
                          .orange = hex(0xff8000),
                          .green = hex(0x00ff00),
                          .purple = hex(0x8000ff),
                          .red = hex(0xff0000),
                          .yellow = hex(0xffff00),
                          .paper = hex(0xffffff),
                          .ink = hex(0x000000),
                          .sky = hex(0x000000),
                          .ground = hex(0xffffff)};

double brightness(Color c) { return (c.red + c.green + c.blue) / (3.0 * 255.0); }

}  // namespace

Color mix(Color a, Color b, double share) {
  const auto channel = [share](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + share * (to - from)));
  };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

Color faded(Color color, double alpha) {
  color.alpha = static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(alpha, 0.0, 1.0)));
  return color;
}

Color Theme::tint(Color color, Color behind) const {
  const auto [least, most] = std::minmax({color.red, color.green, color.blue});
  constexpr int kGrey = 12;  // channels of a grey differ by less
  if (most - least >= kGrey) return color;
  const bool bright = brightness(behind) >= 0.5;
  const Color black = bright ? ink : sky, white = bright ? paper : ground;
  Color tinted = mix(black, white, brightness(color));
  tinted.alpha = color.alpha;
  return tinted;
}

const Theme& dark_theme() { return kDark; }
const Theme& light_theme() { return kLight; }
const Theme& plain_theme() { return kPlain; }

}  // namespace pavlov::apps
