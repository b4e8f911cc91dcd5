// The curves of a run: one large chart of returns, four small ones.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/frame.h"
#include "pavlov/apps/viewer/labels.h"

namespace pavlov::apps {
namespace {

struct Chart {
  std::string title, value;
  const Series& series;
  Color color;
  bool band = false;
  const Series* dots = nullptr;  // shown over the curve
  std::optional<double> target = {};
  bool from_zero = false;
};

struct Range {
  double low = 0.0, high = 1.0;
};

// Where a chart shows a value of x and y.
struct Plot {
  Rect area;
  Range x, y;

  Point operator()(double px, double py) const {
    const double across = x.high > x.low ? (px - x.low) / (x.high - x.low) : 0.0;
    const double up = std::clamp((py - y.low) / (y.high - y.low), 0.0, 1.0);
    return at(area.x + area.width * across, area.bottom() - area.height * up);
  }
};

Range range_of(const Chart& chart) {
  double low = INFINITY, high = -INFINITY;
  const auto include = [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const SeriesPoint& p : chart.series.points()) {
    include(chart.band ? p.low : p.mean);
    include(chart.band ? p.high : p.mean);
  }
  if (!(low <= high)) return {};
  // A dot far away shows at the edge, rather than that it flattens the curve.
  if (chart.dots != nullptr) {
    const double reach = 0.4 * (high - low + 1e-9), least = low - reach, most = high + reach;
    for (const SeriesPoint& p : chart.dots->points()) include(std::clamp(p.mean, least, most));
  }
  // The target shows once the curve is on its way to it.
  if (chart.target && high > *chart.target - 2 * (high - low + 1)) include(*chart.target);
  if (chart.from_zero) include(0.0);
  const double least = 1e-6 * std::max(1.0, std::abs(high));
  const double spread = std::max(high - low, least);
  return {low - 0.06 * spread, high + 0.06 * spread};
}

// The points of a curve at the resolution of the screen: means over stretches of a few pixels.
// Finer ones could not be seen, and a jagged line of hundreds of corners takes long to draw.
std::vector<SeriesPoint> at_resolution(const Series& series, const Plot& plot) {
  constexpr double kStretch = 3.0;  // pixels
  std::vector<SeriesPoint> thin;
  double count = 0.0;
  long stretch = -1;
  for (const SeriesPoint& p : series.points()) {
    const double across = (p.x - plot.x.low) / (plot.x.high - plot.x.low);
    const long here = std::lround(across * plot.area.width / kStretch);
    if (here != stretch || thin.empty()) {
      thin.push_back(p);
      stretch = here;
      count = 1.0;
      continue;
    }
    SeriesPoint& mean = thin.back();
    count += 1.0;
    mean.x = p.x;
    mean.mean += (p.mean - mean.mean) / count;
    mean.low += (p.low - mean.low) / count;
    mean.high += (p.high - mean.high) / count;
  }
  return thin;
}

void draw_curve(Canvas& canvas, const Chart& chart, const Plot& plot) {
  const std::vector<SeriesPoint> points = at_resolution(chart.series, plot);
  std::vector<Point> line;
  if (chart.band && points.size() >= 2) {
    for (const SeriesPoint& p : points) line.push_back(plot(p.x, p.high));
    for (std::size_t k = points.size(); k-- > 0;) line.push_back(plot(points[k].x, points[k].low));
    canvas.polygon(line, faded(chart.color, 0.16));
    line.clear();
  }
  for (const SeriesPoint& p : points) line.push_back(plot(p.x, p.mean));
  canvas.polyline(line, chart.color, 1.8);
  if (line.size() == 1) canvas.circle(line.front(), 2.0, chart.color);
}

void draw_chart(Canvas& canvas, const Rect& panel, const Chart& chart, const Theme& theme) {
  if (panel.width <= 0.0) return;
  canvas.fill(panel, theme.panel, 8);
  canvas.outline(panel, theme.line, 8);
  canvas.text(chart.title, at(panel.x + 12, panel.y + 20), {.size = 12, .color = theme.dim});
  canvas.text(chart.value, at(panel.right() - 12, panel.y + 20),
              {.size = 13, .color = theme.text, .align = Align::right, .bold = true, .mono = true});
  const Rect area{panel.x + 12, panel.y + 32, panel.width - 24, panel.height - 44};
  const int lines = panel.height > 100 ? 3 : 2;
  for (int k = 0; k < lines; ++k) {
    const double y = area.y + area.height * k / (lines - 1);
    canvas.fill({area.x, std::round(y), area.width, 1}, theme.line);
  }
  const auto points = chart.series.points();
  const double first = points.empty() ? 0.0 : points.front().x;
  const double newest = points.empty() ? 0.0 : points.back().x;
  const Plot plot{area, {first, std::max(newest, first + 1)}, range_of(chart)};
  if (chart.target && *chart.target >= plot.y.low && *chart.target <= plot.y.high) {
    const Point left = plot(plot.x.low, *chart.target);
    canvas.dashed(left, at(area.right(), static_cast<double>(left.y)), theme.green, 1.0);
  }
  draw_curve(canvas, chart, plot);
  if (chart.dots == nullptr) return;
  for (const SeriesPoint& p : chart.dots->points()) {
    if (p.x >= plot.x.low && p.x <= plot.x.high) {
      canvas.circle(plot(p.x, p.mean), 2.2, theme.green);
    }
  }
}

std::string last_value(const Series& series) {
  return series.empty() ? "-" : short_number(series.last().mean);
}

std::string mean_and_spread(const Series& series) {
  if (series.empty()) return "-";
  const SeriesPoint& last = series.last();
  return short_number(last.mean) + " ± " + short_number((last.high - last.low) / 2);
}

}  // namespace

void draw_charts(Canvas& canvas, const Layout& layout, const Subject& subject,
                 const Snapshot& snapshot, const View& view) {
  const Theme& theme = *view.theme;
  const Curves& curves = snapshot.curves;
  draw_chart(canvas, layout.returns,
             {.title = "episode return",
              .value = mean_and_spread(curves.returns),
              .series = curves.returns,
              .color = theme.blue,
              .band = true,
              .dots = &curves.evaluation,
              .target = subject.threshold},
             theme);
  if (layout.returns.width > 0.0 && !curves.evaluation.empty()) {
    const std::string text = "evaluation " + short_number(curves.evaluation.last().mean);
    const double title = canvas.text_width("episode return", {.size = 12});
    canvas.circle(at(layout.returns.x + title + 30, layout.returns.y + 16), 2.2, theme.green);
    canvas.text(text, at(layout.returns.x + title + 38, layout.returns.y + 20),
                {.size = 12, .color = theme.dim});
  }
  const std::array<Chart, 4> small = {
      Chart{.title = curves.loss_name,
            .value = last_value(curves.loss),
            .series = curves.loss,
            .color = theme.orange},
      Chart{.title = curves.value_name,
            .value = last_value(curves.value),
            .series = curves.value,
            .color = theme.purple},
      Chart{.title = curves.exploration_name,
            .value = last_value(curves.exploration),
            .series = curves.exploration,
            .color = theme.yellow,
            .from_zero = true},
      Chart{.title = "steps per second",
            .value = last_value(curves.speed),
            .series = curves.speed,
            .color = theme.green,
            .from_zero = true},
  };
  for (std::size_t k = 0; k < small.size(); ++k) {
    draw_chart(canvas, layout.charts[k], small[k], theme);
  }
}

}  // namespace pavlov::apps
