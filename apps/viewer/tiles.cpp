// The grid of environments.
#include <algorithm>
#include <string>

#include "pavlov/apps/viewer/frame.h"
#include "pavlov/apps/viewer/labels.h"

namespace pavlov::apps {
namespace {

constexpr double kRadius = 6.0;

// Labels lie on the picture, which may be dark in a light theme.
bool is_dark(Color color) { return color.red + color.green + color.blue < 3 * 128; }

void draw_tile(Canvas& canvas, const Rect& rect, const Tile& tile, std::size_t number,
               bool selected, const Theme& theme) {
  const bool drawn = tile.picture.height > 0.0f;
  const Color behind =
      drawn ? theme.tint(tile.picture.background, tile.picture.background) : theme.panel;
  canvas.fill(rect, behind, kRadius);
  if (drawn) canvas.picture(tile.picture, rect, theme, kRadius);
  const Theme& labels = is_dark(behind) ? dark_theme() : light_theme();
  const double size = rect.width < 110 ? 8.5 : 10.5;
  const double inset = rect.width < 110 ? 5 : 8;
  const double baseline = rect.y + inset + size * 0.8;
  const std::string name = tile.label.empty() ? "#" + std::to_string(number) : tile.label;
  if (rect.width >= 60) {
    canvas.text(name, at(rect.x + inset, baseline),
                {.size = size, .color = labels.dim, .mono = true});
  }
  canvas.text(signed_number(tile.total, false), at(rect.right() - inset, baseline),
              {.size = size,
               .color = tile.total > 0 ? labels.green : labels.dim,
               .align = Align::right,
               .mono = true});
  if (!drawn) {
    canvas.text("no picture", at(rect.x + rect.width / 2, rect.y + rect.height / 2),
                {.size = 12, .color = labels.dim, .align = Align::middle});
  }
  if (tile.end != Tile::End::running) {
    const bool fell = tile.end == Tile::End::terminated;
    canvas.text(fell ? "ended" : "time is up", at(rect.x + rect.width / 2, baseline),
                {.size = size, .color = labels.yellow, .align = Align::middle});
  }
  canvas.outline(rect, selected ? theme.blue : theme.line, kRadius, selected ? 1.5 : 1.0);
}

}  // namespace

void draw_tiles(Canvas& canvas, const Layout& layout, const Snapshot& snapshot, const View& view) {
  if (view.alone && snapshot.selected < snapshot.tiles.size() && !layout.tiles.empty()) {
    draw_tile(canvas, layout.tiles[0], snapshot.tiles[snapshot.selected], snapshot.selected, false,
              *view.theme);
    return;
  }
  const std::size_t count = std::min(layout.tiles.size(), snapshot.tiles.size());
  for (std::size_t k = 0; k < count; ++k) {
    const bool selected = k == snapshot.selected && count > 1;
    draw_tile(canvas, layout.tiles[k], snapshot.tiles[k], k, selected, *view.theme);
  }
}

}  // namespace pavlov::apps
