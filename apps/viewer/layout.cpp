#include "pavlov/apps/viewer/layout.h"

#include <algorithm>
#include <cmath>

namespace pavlov::apps {
namespace {

constexpr double kGap = Layout::kGap;

// The number of columns that makes pictures largest; of nearly equal ones the most, for pictures
// side by side are easier to compare.
std::size_t best_columns(std::size_t count, const Rect& room, double aspect) {
  std::size_t best = 1;
  double best_width = 0.0;
  for (std::size_t columns = 1; columns <= count; ++columns) {
    const auto across = static_cast<double>(columns);
    const auto down = static_cast<double>((count + columns - 1) / columns);
    const double width = (room.width - kGap * (across - 1)) / across;
    const double height = (room.height - kGap * (down - 1)) / down;
    const double shown = std::min(width, height * aspect);
    if (shown > 0.93 * best_width) {
      best = columns;
      best_width = std::max(best_width, shown);
    }
  }
  return best;
}

// Tiles fill the room; a picture that does not have their shape is framed by its background.
void place_tiles(Layout& layout, const Rect& room, const Parts& parts) {
  const std::size_t count = std::max<std::size_t>(parts.tiles, 1);
  layout.columns = best_columns(count, room, parts.aspect);
  const auto across = static_cast<double>(layout.columns);
  const auto rows = static_cast<double>((count + layout.columns - 1) / layout.columns);
  const double width = (room.width - kGap * (across - 1)) / across;
  const double height = (room.height - kGap * (rows - 1)) / rows;
  for (std::size_t k = 0; k < parts.tiles; ++k) {
    const auto column = static_cast<double>(k % layout.columns);
    const auto row = static_cast<double>(k / layout.columns);
    layout.tiles.push_back(
        {room.x + column * (width + kGap), room.y + row * (height + kGap), width, height});
  }
}

void place_charts(Layout& layout, Rect column) {
  constexpr double kLarge = 136.0, kSmall = 76.0, kLeastOpinion = 150.0;
  const auto take = [&column](double height) {
    const Rect part{column.x, column.y, column.width, height};
    column.y += height + kGap;
    column.height -= height + kGap;
    return part;
  };
  if (column.height >= kLarge) layout.returns = take(kLarge);
  for (std::size_t k = 0; k < 4; k += 2) {
    if (column.height < kSmall + kGap + kLeastOpinion) break;
    const Rect row = take(kSmall);
    const double half = (row.width - kGap) / 2;
    layout.charts[k] = {row.x, row.y, half, row.height};
    layout.charts[k + 1] = {row.x + half + kGap, row.y, half, row.height};
  }
  if (column.height >= kLeastOpinion) layout.opinion = column;
}

}  // namespace

Layout make_layout(double width, double height, const Parts& parts) {
  constexpr double kMargin = Layout::kMargin;
  constexpr double kSideBySide = 860.0;  // below, there is no room for charts beside the grid
  constexpr double kTall = 520.0;        // below, there is none for the keys
  Layout layout;
  layout.window = {0, 0, width, height};
  const double inner = std::max(width - 2 * kMargin, 1.0);
  layout.header = {kMargin, 0, inner, 42};
  if (parts.progress) layout.progress = {kMargin, 42, inner, 28};
  double bottom = height - kMargin;
  if (height >= kTall && parts.keys) {
    constexpr double kKeys = 54.0;
    layout.keys = {kMargin, bottom - kKeys, inner, kKeys};
    bottom -= kKeys + 14.0;
  }
  const double top = parts.progress ? 78.0 : 46.0;
  Rect room{kMargin, top, inner, std::max(bottom - top, 1.0)};
  if (width >= kSideBySide) {
    const double column = std::clamp(std::round(inner * 0.358), 320.0, 560.0);
    const Rect side{room.right() - column, room.y, column, room.height};
    room.width -= column + 2 * kGap;
    if (parts.charts) {
      place_charts(layout, side);
    } else {
      layout.opinion = side;
    }
  }
  place_tiles(layout, room, parts);
  return layout;
}

std::optional<std::size_t> tile_at(const Layout& layout, double x, double y) {
  for (std::size_t k = 0; k < layout.tiles.size(); ++k) {
    if (layout.tiles[k].contains(x, y)) return k;
  }
  return std::nullopt;
}

}  // namespace pavlov::apps
