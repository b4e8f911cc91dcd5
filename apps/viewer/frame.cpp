#include "pavlov/apps/viewer/frame.h"

#include <algorithm>
#include <string>

#include "pavlov/apps/viewer/labels.h"

namespace pavlov::apps {
namespace {

void draw_message(Canvas& canvas, const Layout& layout, const View& view) {
  if (view.message.empty() || layout.tiles.empty()) return;
  const Theme& theme = *view.theme;
  const TextStyle style{.size = 13.0, .color = theme.text};
  const double width = canvas.text_width(view.message, style) + 32;
  const Rect& grid = layout.tiles.front();
  const double middle = (grid.x + layout.tiles[layout.columns - 1].right()) / 2;
  const double bottom = layout.tiles.back().bottom();
  const Rect box{middle - width / 2, bottom - 48, width, 34};
  canvas.fill(box, theme.panel, 8);
  canvas.outline(box, theme.line, 8);
  canvas.text(view.message, at(box.x + 16, box.y + 22), style);
}

}  // namespace

Parts parts_of(const Snapshot& snapshot) {
  Parts parts{.tiles = snapshot.tiles.size()};
  for (const Tile& tile : snapshot.tiles) {
    if (tile.picture.height <= 0.0f) continue;
    parts.aspect = static_cast<double>(tile.picture.width / tile.picture.height);
    break;
  }
  parts.progress = snapshot.total_steps > 0;
  parts.charts = !snapshot.curves.returns.empty() || !snapshot.curves.loss.empty() ||
                 (snapshot.total_steps > 0 && snapshot.updates > 0);
  return parts;
}

void draw_header(Canvas& canvas, const Layout& layout, const Subject& subject,
                 const Snapshot& snapshot, const View& view) {
  const Theme& theme = *view.theme;
  const Rect& header = layout.header;
  const double baseline = header.y + 30;
  double x = header.x;
  x += canvas.text("pavlov", at(x, baseline), {.size = 16, .color = theme.text, .bold = true}) + 16;
  std::string title;
  for (const std::string& part : {subject.algorithm, subject.env, subject.detail}) {
    if (part.empty()) continue;
    if (!title.empty()) title += " · ";
    title += part;
  }
  x += canvas.text(title, at(x, baseline), {.size = 13, .color = theme.dim}) + 16;
  TextStyle right{.size = 12, .color = theme.dim, .align = Align::right, .mono = true};
  if (snapshot.steps_per_second > 0.0) {
    std::string rates = short_number(snapshot.steps_per_second) + " steps/s";
    if (snapshot.updates_per_second > 0.0) {
      rates += " · " + short_number(snapshot.updates_per_second) + " updates/s";
    }
    if (x + canvas.text_width(rates, right) < header.right()) {
      canvas.text(rates, at(header.right(), baseline), right);
    }
  }
  const Rect& progress = layout.progress;
  if (progress.width <= 0.0) return;
  const double share =
      std::clamp(static_cast<double>(snapshot.steps) /
                     static_cast<double>(std::max<std::int64_t>(snapshot.total_steps, 1)),
                 0.0, 1.0);
  canvas.fill({progress.x, progress.y, progress.width, 4}, theme.line, 2);
  canvas.fill({progress.x, progress.y, std::max(progress.width * share, 4.0), 4}, theme.blue, 2);
  const TextStyle left{.size = 11, .color = theme.dim, .mono = true};
  right.size = 11;
  canvas.text(grouped(snapshot.steps) + " of " + grouped(snapshot.total_steps) + " steps",
              at(progress.x, progress.y + 22), left);
  std::string times = clock_time(snapshot.seconds) + " elapsed";
  if (snapshot.finished) {
    times += " · finished";
  } else if (share > 0.0) {
    times += " · " + clock_time(snapshot.seconds * (1.0 - share) / share) + " left";
  }
  canvas.text(times, at(progress.right(), progress.y + 22), right);
}

void draw_frame(Canvas& canvas, const Layout& layout, const Subject& subject,
                const Snapshot& snapshot, const View& view) {
  canvas.clear(view.theme->background);
  draw_header(canvas, layout, subject, snapshot, view);
  draw_tiles(canvas, layout, snapshot, view);
  draw_charts(canvas, layout, subject, snapshot, view);
  if (layout.opinion.width > 0.0) draw_opinion(canvas, layout.opinion, subject, snapshot, view);
  if (layout.keys.width > 0.0) draw_keys(canvas, layout.keys, view);
  draw_message(canvas, layout, view);
  if (view.help) draw_help(canvas, view);
}

}  // namespace pavlov::apps
