#include "pavlov/apps/learning_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace pavlov::apps {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 420;
constexpr double kLeft = 64;
constexpr double kRight = 24;
constexpr double kTop = 52;
constexpr double kBottom = 54;

// 1, 2 or 5 times a power of ten: about five steps over `span`.
double tick_step(double span) {
  const double raw = span / 5.0;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power) return factor * power;
  }
  return 10.0 * power;
}

std::string tick_text(double value) {
  if (std::abs(value) >= 1e6) return fmt::format("{:g}M", value * 1e-6);
  if (std::abs(value) >= 1e4) return fmt::format("{:g}k", value * 1e-3);
  return fmt::format("{:g}", value);
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Maps data to pixels and knows where the ticks are.
struct Axes {
  double x_max = 1.0;
  double y_min = 0.0;
  double y_max = 1.0;

  Axes(const std::vector<CurvePoint>& points, std::optional<double> threshold) {
    double low = threshold.value_or(points.empty() ? 0.0 : points.front().mean);
    double high = low;
    for (const CurvePoint& p : points) {
      x_max = std::max(x_max, static_cast<double>(p.env_steps));
      low = std::min(low, p.min);
      high = std::max(high, p.max);
    }
    low = std::min(low, 0.0);
    if (high <= low) high = low + 1.0;
    const double step = tick_step(high - low);
    y_min = std::floor(low / step) * step;
    y_max = std::ceil(high / step) * step;
  }
  double x(double steps) const { return kLeft + steps / x_max * (kWidth - kLeft - kRight); }
  double y(double value) const {
    return kHeight - kBottom - (value - y_min) / (y_max - y_min) * (kHeight - kTop - kBottom);
  }
};

void draw_grid(std::string& svg, const Axes& axes) {
  const auto out = std::back_inserter(svg);
  const double y_step = tick_step(axes.y_max - axes.y_min);
  for (double v = axes.y_min; v <= axes.y_max + y_step / 2; v += y_step) {
    fmt::format_to(out,
                   "<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>"
                   "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                   kLeft, axes.y(v), kWidth - kRight, axes.y(v), kLeft - 8, axes.y(v) + 4,
                   tick_text(v));
  }
  const double x_step = tick_step(axes.x_max);
  for (double v = 0.0; v <= axes.x_max * 1.0001; v += x_step) {
    fmt::format_to(out,
                   "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" "
                   "text-anchor=\"middle\">{}</text>\n",
                   axes.x(v), kHeight - kBottom + 20, tick_text(v));
  }
  fmt::format_to(out,
                 "<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">"
                 "environment steps</text>\n"
                 "<text class=\"label\" transform=\"translate(18 {:.1f}) rotate(-90)\" "
                 "text-anchor=\"middle\">return of greedy episodes</text>\n",
                 (kLeft + kWidth - kRight) / 2, kHeight - 12, (kTop + kHeight - kBottom) / 2);
}

void draw_curve(std::string& svg, const Axes& axes, const std::vector<CurvePoint>& points) {
  std::string band;
  std::string line;
  for (const CurvePoint& p : points) {
    const double x = axes.x(static_cast<double>(p.env_steps));
    band += fmt::format("{:.1f},{:.1f} ", x, axes.y(p.max));
    line += fmt::format("{:.1f},{:.1f} ", x, axes.y(p.mean));
  }
  for (auto p = points.rbegin(); p != points.rend(); ++p) {
    band +=
        fmt::format("{:.1f},{:.1f} ", axes.x(static_cast<double>(p->env_steps)), axes.y(p->min));
  }
  svg += "<polygon class=\"band\" points=\"" + band + "\"/>\n";
  svg += "<polyline class=\"mean\" points=\"" + line + "\"/>\n";
  for (const CurvePoint& p : points) {
    svg += fmt::format("<circle class=\"point\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"/>\n",
                       axes.x(static_cast<double>(p.env_steps)), axes.y(p.mean));
  }
}

}  // namespace

std::string learning_curve_svg(const std::string& title, const std::vector<CurvePoint>& points,
                               std::optional<double> threshold) {
  const Axes axes(points, threshold);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\">\n"
      "<style>.title{{font-size:16px;font-weight:600;fill:#1c2733}}"
      ".tick{{font-size:12px;fill:#5b6875}}.label{{font-size:13px;fill:#3a4652}}"
      ".grid{{stroke:#e3e8ee}}.band{{fill:#2a6fbb;fill-opacity:.16}}"
      ".mean{{fill:none;stroke:#2a6fbb;stroke-width:2.2;stroke-linejoin:round}}"
      ".point{{fill:#2a6fbb}}.solved{{stroke:#2e8b57;stroke-width:1.4;stroke-dasharray:6 4}}"
      ".note{{font-size:12px;fill:#2e8b57}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
      "<text class=\"title\" x=\"{2:.0f}\" y=\"30\">{3}</text>\n",
      kWidth, kHeight, kLeft, escape(title));
  draw_grid(svg, axes);
  if (threshold) {
    const double y = axes.y(*threshold);
    svg += fmt::format(
        "<line class=\"solved\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"note\" x=\"{:.1f}\" y=\"{:.1f}\">solved at {:g}</text>\n",
        kLeft, y, kWidth - kRight, y, kLeft + 6, y + 16, *threshold);
  }
  if (!points.empty()) draw_curve(svg, axes, points);
  return svg + "</svg>\n";
}

}  // namespace pavlov::apps
