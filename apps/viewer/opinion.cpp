// What the network makes of the selected environment: a bar per action, the distribution of
// returns, and how the best value went in this episode.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/frame.h"
#include "pavlov/apps/viewer/labels.h"

namespace pavlov::apps {
namespace {

std::string action_name(const Subject& subject, std::size_t k) {
  return k < subject.action_names.size() ? subject.action_names[k] : "action " + std::to_string(k);
}

std::string score_text(const Opinion& opinion, std::size_t k) {
  const double score = static_cast<double>(opinion.score[k]);
  if (opinion.kind == Opinion::Kind::probabilities) return fmt::format("{:.0f} %", 100 * score);
  if (opinion.kind == Opinion::Kind::means) return fmt::format("{:+.2f}", score);
  // As many digits as it takes to see which one is best.
  double gap = INFINITY;
  for (std::size_t other = 0; other < opinion.score.size(); ++other) {
    if (other == opinion.chosen) continue;
    gap = std::min(gap, static_cast<double>(opinion.score[opinion.chosen] - opinion.score[other]));
  }
  if (!std::isfinite(score) || std::abs(score) >= 10000.0) return short_number(score);
  return fmt::format("{:.{}f}", score, gap >= 10 ? 0 : gap >= 0.2 ? 1 : 2);
}

// Where the bar of score k begins and ends, in [0, 1].
std::pair<double, double> extent(const Opinion& opinion, std::size_t k) {
  const double score = static_cast<double>(opinion.score[k]);
  if (opinion.kind == Opinion::Kind::probabilities) return {0.0, std::clamp(score, 0.0, 1.0)};
  if (opinion.kind == Opinion::Kind::means) {
    const double end = 0.5 + 0.5 * std::clamp(score, -1.0, 1.0);
    return {std::min(0.5, end), std::max(0.5, end)};
  }
  // Values differ by little beside their size: the bars show their differences.
  const auto [low, high] = std::ranges::minmax(opinion.score);
  const double least = static_cast<double>(low), most = static_cast<double>(high);
  const double spread = most - least;
  return {0.0, spread <= 0.0 ? 0.85 : 0.25 + 0.6 * (score - least) / spread};
}

// Returns the height used.
double draw_bars(Canvas& canvas, const Rect& area, const Subject& subject, const Opinion& opinion,
                 const Theme& theme) {
  constexpr double kName = 96, kValue = 64, kBar = 14;
  const std::size_t count = opinion.score.size();
  if (count == 0) return 0.0;
  const double pitch = std::clamp((area.height - 4) / static_cast<double>(count), 16.0, 24.0);
  const auto shown = std::min(count, static_cast<std::size_t>(area.height / pitch));
  for (std::size_t k = 0; k < shown; ++k) {
    const bool best = opinion.kind == Opinion::Kind::means || k == opinion.chosen;
    const double y = area.y + static_cast<double>(k) * pitch;
    canvas.text(action_name(subject, k), at(area.x, y + 11),
                {.size = 12, .color = best ? theme.text : theme.dim});
    const Rect bar{area.x + kName, y, area.width - kName - kValue, kBar};
    canvas.fill(bar, theme.line, 3);
    const auto [begin, end] = extent(opinion, k);
    canvas.fill({bar.x + begin * bar.width, y, std::max((end - begin) * bar.width, 2.0), kBar},
                best ? theme.blue : theme.mute, 3);
    canvas.text(
        score_text(opinion, k), at(area.right(), y + 11),
        {.size = 12, .color = best ? theme.text : theme.dim, .align = Align::right, .mono = true});
  }
  return static_cast<double>(shown) * pitch;
}

void draw_distribution(Canvas& canvas, const Rect& area, const std::string& title,
                       const Opinion& opinion, const Theme& theme) {
  canvas.text(title, at(area.x, area.y + 12), {.size = 12, .color = theme.dim});
  const double floor = area.bottom() - 14, height = floor - area.y - 22;
  if (height < 12) return;
  const float most = std::max(*std::ranges::max_element(opinion.mass), 1e-6f);
  const double pitch = area.width / static_cast<double>(opinion.mass.size());
  for (std::size_t k = 0; k < opinion.mass.size(); ++k) {
    const double tall = height * static_cast<double>(opinion.mass[k] / most) + 1;
    canvas.fill(
        {area.x + static_cast<double>(k) * pitch, floor - tall, std::max(pitch - 1.5, 0.75), tall},
        faded(theme.blue, 0.85), 1);
  }
  const TextStyle label{.size = 9.5, .color = theme.dim, .mono = true};
  canvas.text(short_number(opinion.low), at(area.x, area.bottom() - 1), label);
  TextStyle right = label;
  right.align = Align::right;
  canvas.text(short_number(opinion.high), at(area.right(), area.bottom() - 1), right);
}

void draw_trace(Canvas& canvas, const Rect& area, const std::string& title,
                const std::vector<double>& values, const Theme& theme) {
  canvas.text(title, at(area.x, area.y + 12), {.size = 12, .color = theme.dim});
  const Rect plot{area.x, area.y + 24, area.width, area.height - 30};
  if (plot.height < 12) return;
  for (const double y : {plot.y, plot.bottom()}) {
    canvas.fill({plot.x, std::round(y), plot.width, 1}, theme.line);
  }
  if (values.size() < 2) return;
  const auto [low, high] = std::ranges::minmax(values);
  const double spread = std::max(high - low, 1e-6 * std::max(1.0, std::abs(high)));
  std::vector<Point> line;
  for (std::size_t k = 0; k < values.size(); ++k) {
    line.push_back(
        at(plot.x + plot.width * static_cast<double>(k) / static_cast<double>(values.size() - 1),
           plot.bottom() - plot.height * (0.06 + 0.88 * (values[k] - low) / spread)));
  }
  canvas.polyline(line, theme.purple, 1.8);
}

}  // namespace

void draw_opinion(Canvas& canvas, const Rect& panel, const Subject& subject,
                  const Snapshot& snapshot, const View& view) {
  const Theme& theme = *view.theme;
  canvas.fill(panel, theme.panel, 8);
  canvas.outline(panel, theme.line, 8);
  if (snapshot.selected >= snapshot.tiles.size()) return;
  const Tile& tile = snapshot.tiles[snapshot.selected];
  canvas.text(tile.label.empty() ? "environment #" + std::to_string(snapshot.selected) : tile.label,
              at(panel.x + 12, panel.y + 20), {.size = 12, .color = theme.dim});
  canvas.text("step " + grouped(tile.step) + " · return " + signed_number(tile.total, true),
              at(panel.right() - 12, panel.y + 20),
              {.size = 12, .color = theme.text, .align = Align::right, .mono = true});
  const Opinion& opinion = snapshot.opinion;
  Rect area{panel.x + 12, panel.y + 36, panel.width - 24, panel.height - 48};
  const bool distribution = opinion.mass.size() > 1;
  const double rest = area.height < 140 ? 0.0 : 64.0;  // kept for what is below the bars
  const double used =
      draw_bars(canvas, {area.x, area.y, area.width, area.height - rest}, subject, opinion, theme);
  area.y += used + 8;
  area.height -= used + 8;
  if (area.height < 40) return;
  if (distribution) {
    const Rect all = area;
    area.height = std::min(area.height, 190.0);
    draw_distribution(canvas, area, "return distribution, " + action_name(subject, opinion.chosen),
                      opinion, theme);
    const Rect below{all.x, area.bottom() + 16, all.width, all.height - area.height - 16};
    if (below.height >= 90) {
      draw_trace(canvas, below, "value in this episode", view.values, theme);
    }
  } else {
    const bool values = opinion.kind == Opinion::Kind::values;
    draw_trace(canvas, area, values ? "value in this episode" : "return in this episode",
               view.values, theme);
  }
}

}  // namespace pavlov::apps
