// Layout: where everything is, from the size of the window and the number of environments.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "pavlov/apps/viewer/canvas.h"

namespace pavlov::apps {

// What a frame has besides the environments.
struct Parts {
  std::size_t tiles = 1;
  double aspect = 1.5;   // width / height of a picture
  bool progress = true;  // a bar over the whole width
  bool charts = true;    // curves of a run
  bool keys = true;      // the legend
};

// Parts that have no room are of size 0.
struct Layout {
  Rect window;
  Rect header, progress;
  std::vector<Rect> tiles;
  std::size_t columns = 1;
  Rect returns;    // the large chart
  Rect charts[4];  // the small ones, two by two
  Rect opinion;    // about the selected environment
  Rect keys;

  static constexpr double kMargin = 20.0, kGap = 8.0;
};

Layout make_layout(double width, double height, const Parts& parts);

// The tile under a point.
std::optional<std::size_t> tile_at(const Layout& layout, double x, double y);

}  // namespace pavlov::apps
