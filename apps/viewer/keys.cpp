// The legend of keys, and the help over everything.
#include <algorithm>
#include <string>

#include "pavlov/apps/viewer/frame.h"

namespace pavlov::apps {
namespace {

constexpr double kCap = 22.0;  // height of a key

// Draws a key with its left end at x; returns its width.
double draw_key(Canvas& canvas, const std::string& key, double x, double y, const Theme& theme) {
  const TextStyle style{.size = 11, .color = theme.text, .align = Align::middle, .mono = true};
  const double width = std::max(canvas.text_width(key, style) + 16, kCap);
  canvas.fill({x, y, width, kCap}, theme.line, 4);
  canvas.text(key, at(x + width / 2, y + 15), style);
  return width;
}

}  // namespace

void draw_keys(Canvas& canvas, const Rect& panel, const View& view) {
  const Theme& theme = *view.theme;
  canvas.fill(panel, theme.panel, 8);
  canvas.outline(panel, theme.line, 8);
  const double top = panel.y + (panel.height - kCap) / 2, baseline = top + 15;
  double end = panel.right() - 20;
  const TextStyle status{.size = 12,
                         .color = view.attention ? theme.yellow : theme.green,
                         .align = Align::right,
                         .bold = true};
  end -= canvas.text(view.status, at(end, baseline), status) + 18;
  if (view.recording) {
    const TextStyle style{.size = 12, .color = theme.red, .align = Align::right, .bold = true};
    end -= canvas.text("rec", at(end, baseline), style) + 12;
    canvas.circle(at(end + 4, top + kCap / 2), 4, theme.red);
    end -= 14;
  }
  double x = panel.x + 20;
  for (const KeyHint& hint : view.keys) {
    if (!hint.in_legend) continue;
    const TextStyle name{.size = 12, .color = theme.dim};
    const double width =
        std::max(canvas.text_width(hint.key, {.size = 11, .mono = true}) + 16, kCap) + 8 +
        canvas.text_width(hint.name, name);
    if (x + width > end) break;
    x += draw_key(canvas, hint.key, x, top, theme) + 8;
    x += canvas.text(hint.name, at(x, baseline), name) + 18;
  }
}

void draw_help(Canvas& canvas, const View& view) {
  const Theme& theme = *view.theme;
  constexpr double kPitch = 32.0, kWidth = 460.0, kKeyColumn = 96.0;
  canvas.fill({0, 0, canvas.width(), canvas.height()}, faded(theme.background, 0.72));
  const double height = 64 + kPitch * static_cast<double>(view.keys.size());
  const Rect panel{(canvas.width() - kWidth) / 2, (canvas.height() - height) / 2, kWidth, height};
  canvas.fill(panel, theme.panel, 10);
  canvas.outline(panel, theme.line, 10);
  canvas.text("keys", at(panel.x + 24, panel.y + 34),
              {.size = 14, .color = theme.text, .bold = true});
  double y = panel.y + 50;
  for (const KeyHint& hint : view.keys) {
    draw_key(canvas, hint.key, panel.x + 24, y, theme);
    canvas.text(hint.help, at(panel.x + 24 + kKeyColumn, y + 15),
                {.size = 12.5, .color = theme.dim});
    y += kPitch;
  }
}

}  // namespace pavlov::apps
