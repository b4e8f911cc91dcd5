#include "pavlov/apps/viewer/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <utility>

#include "pavlov/apps/viewer/labels.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

constexpr std::size_t kNarrow = 60;  // columns; below, there is no room for curves

int brightness(envs::Color c) { return c.red + c.green + c.blue; }

// U+2800 and the eight bits of its dots.
std::string braille(unsigned bits) {
  return {static_cast<char>(0xe2), static_cast<char>(0xa0 | bits >> 6),
          static_cast<char>(0x80 | (bits & 63))};
}

// Display columns of UTF-8 text without wide characters.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t shown = width_of(text);
  if (shown < width) return text + std::string(width - shown, ' ');
  while (width_of(text) > width) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (text[last] & 0xc0) == 0x80) --last;
    text.resize(last);
  }
  return text;
}

std::string spread(const std::string& left, const std::string& right, std::size_t width) {
  const std::size_t used = width_of(left) + width_of(right);
  if (used + 1 > width) return padded(left, width);
  return left + std::string(width - used, ' ') + right;
}

// A titled curve in `rows` lines.
std::vector<std::string> curve(const std::string& title, const Series& series, std::size_t columns,
                               std::size_t rows) {
  const std::string value = series.empty() ? "-" : short_number(series.last().mean);
  std::vector<std::string> lines = {spread(title, value, columns)};
  DotImage image(columns, rows - 1);
  const auto points = series.points();
  if (points.size() >= 2) {
    const auto [low, high] = std::ranges::minmax(points, {}, &SeriesPoint::mean);
    const double across = static_cast<double>(image.width() - 1);
    const double down = static_cast<double>(image.height() - 1);
    const double range = std::max(high.mean - low.mean, 1e-9);
    const double length = std::max(points.back().x - points.front().x, 1e-9);
    const auto place = [&](const SeriesPoint& p) {
      return std::pair((p.x - points.front().x) / length * across,
                       (high.mean - p.mean) / range * down);
    };
    for (std::size_t k = 1; k < points.size(); ++k) {
      const auto [x0, y0] = place(points[k - 1]);
      const auto [x1, y1] = place(points[k]);
      image.line(x0, y0, x1, y1);
    }
  }
  for (std::string& line : image.lines()) lines.push_back(std::move(line));
  return lines;
}

std::string progress_bar(const Snapshot& s, std::size_t columns) {
  if (s.total_steps <= 0) return std::string(columns, '-');
  const double share =
      std::clamp(static_cast<double>(s.steps) / static_cast<double>(s.total_steps), 0.0, 1.0);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(columns));
  std::string bar;
  for (std::size_t k = 0; k < columns; ++k) bar += k < full ? "━" : "─";
  return bar;
}

std::vector<std::string> opinion_lines(const Subject& subject, const Opinion& opinion,
                                       std::size_t columns) {
  std::vector<std::string> lines;
  if (opinion.score.empty() || columns < 34) return lines;
  const auto [low, high] = std::ranges::minmax(opinion.score);
  const std::size_t room = columns - 24;
  for (std::size_t k = 0; k < std::min<std::size_t>(opinion.score.size(), 6); ++k) {
    const double score = static_cast<double>(opinion.score[k]);
    double share = high > low ? 0.2 + 0.8 * (score - static_cast<double>(low)) /
                                          static_cast<double>(high - low)
                              : 1.0;
    if (opinion.kind == Opinion::Kind::probabilities) share = score;
    if (opinion.kind == Opinion::Kind::means) share = 0.5 + 0.5 * std::clamp(score, -1.0, 1.0);
    std::string bar;
    for (std::size_t c = 0; c < room; ++c) {
      bar += static_cast<double>(c) + 0.5 < share * static_cast<double>(room) ? "█" : "░";
    }
    const std::string name =
        k < subject.action_names.size() ? subject.action_names[k] : std::to_string(k);
    lines.push_back((k == opinion.chosen ? "▸ " : "  ") + padded(name, 13) + bar +
                    fmt::format(" {:>7.2f}", score));
  }
  return lines;
}

std::pair<std::size_t, std::size_t> terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

}  // namespace

DotImage::DotImage(std::size_t columns, std::size_t rows)
    : columns_(columns), rows_(rows), dots_(width() * height()) {}

void DotImage::set(long x, long y, bool on) {
  if (x < 0 || y < 0 || x >= static_cast<long>(width()) || y >= static_cast<long>(height())) return;
  dots_[static_cast<std::size_t>(y) * width() + static_cast<std::size_t>(x)] = on ? 1 : 0;
}

void DotImage::line(double x0, double y0, double x1, double y1) {
  const double length = std::max(std::abs(x1 - x0), std::abs(y1 - y0));
  if (!(length < 1e5)) return;
  const int steps = std::max(static_cast<int>(std::ceil(length)), 1);
  for (int k = 0; k <= steps; ++k) {
    const double share = static_cast<double>(k) / steps;
    set(std::lround(x0 + share * (x1 - x0)), std::lround(y0 + share * (y1 - y0)));
  }
}

// Dots whose middle is inside, by the even-odd rule.
void DotImage::polygon(const std::vector<std::pair<double, double>>& corners, bool on) {
  std::vector<double> crossings;
  for (std::size_t row = 0; row < height(); ++row) {
    const double y = static_cast<double>(row) + 0.5;
    crossings.clear();
    for (std::size_t k = 0; k < corners.size(); ++k) {
      const auto [x0, y0] = corners[k];
      const auto [x1, y1] = corners[(k + 1) % corners.size()];
      if ((y0 <= y) != (y1 <= y)) crossings.push_back(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
    }
    std::ranges::sort(crossings);
    for (std::size_t k = 0; k + 1 < crossings.size(); k += 2) {
      const double first = std::max(crossings[k], 0.0);
      const double last = std::min(crossings[k + 1], static_cast<double>(width()));
      for (double x = std::floor(first); x < last; x += 1.0) {
        if (x + 0.5 >= first && x + 0.5 < last)
          set(static_cast<long>(x), static_cast<long>(row), on);
      }
    }
  }
}

void DotImage::picture(const envs::Picture& picture) {
  if (picture.width <= 0.0f || picture.height <= 0.0f) return;
  const double zoom = std::min(static_cast<double>(width()) / static_cast<double>(picture.width),
                               static_cast<double>(height()) / static_cast<double>(picture.height));
  const double left =
      (static_cast<double>(width()) - zoom * static_cast<double>(picture.width)) / 2;
  const double top =
      (static_cast<double>(height()) - zoom * static_cast<double>(picture.height)) / 2;
  const auto place = [&](envs::Point p) {
    return std::pair(left + zoom * static_cast<double>(p.x), top + zoom * static_cast<double>(p.y));
  };
  for (const envs::Shape& shape : picture.shapes) {
    const auto points = picture.points_of(shape);
    // A shape on a filled one stands out as a hole where it is of another brightness.
    const bool on = std::abs(brightness(shape.color) - brightness(picture.background)) > 90;
    if (shape.kind == envs::Shape::Kind::polyline) {
      for (std::size_t k = 1; k < points.size(); ++k) {
        const auto [x0, y0] = place(points[k - 1]);
        const auto [x1, y1] = place(points[k]);
        line(x0, y0, x1, y1);
      }
      continue;
    }
    std::vector<std::pair<double, double>> corners;
    if (shape.kind == envs::Shape::Kind::polygon) {
      for (const envs::Point p : points) corners.push_back(place(p));
    } else {
      constexpr int kCorners = 12;
      const auto [x, y] = place(points[0]);
      const double radius = std::max(zoom * static_cast<double>(shape.size), 0.6);
      for (int k = 0; k < kCorners; ++k) {
        const double angle = 2 * std::acos(-1.0) * k / kCorners;
        corners.emplace_back(x + radius * std::cos(angle), y + radius * std::sin(angle));
      }
    }
    polygon(corners, on);
  }
}

std::vector<std::string> DotImage::lines() const {
  // Bits of the dots of a character, by row and column.
  static constexpr unsigned kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  std::vector<std::string> lines(rows_);
  for (std::size_t row = 0; row < rows_; ++row) {
    for (std::size_t column = 0; column < columns_; ++column) {
      unsigned bits = 0;
      for (std::size_t y = 0; y < 4; ++y) {
        for (std::size_t x = 0; x < 2; ++x) {
          if (at(2 * column + x, 4 * row + y)) bits |= kBits[y][x];
        }
      }
      lines[row] += braille(bits);
    }
  }
  return lines;
}

std::vector<std::string> terminal_frame(const Subject& subject, const Snapshot& s,
                                        const std::string& status, std::size_t columns,
                                        std::size_t rows) {
  columns = std::clamp<std::size_t>(columns, 20, 400);
  rows = std::clamp<std::size_t>(rows, 6, 200);
  std::vector<std::string> lines;
  lines.push_back(
      spread("pavlov  " + subject.algorithm + " · " + subject.env + " · " + subject.detail,
             short_number(s.steps_per_second) + " steps/s", columns));
  lines.push_back(progress_bar(s, columns));
  lines.push_back(spread(grouped(s.steps) + " of " + grouped(s.total_steps) + " steps",
                         clock_time(s.seconds) + " · " + status, columns));
  const std::size_t body = rows - lines.size() - 1;
  const bool side_by_side = columns >= kNarrow;
  const std::size_t left = side_by_side ? columns * 11 / 20 : columns;

  std::vector<std::string> scene;
  if (s.selected < s.tiles.size()) {
    const Tile& tile = s.tiles[s.selected];
    scene.push_back(spread(
        tile.label.empty() ? "#" + std::to_string(s.selected) : tile.label,
        "step " + grouped(tile.step) + " · return " + signed_number(tile.total, true), left));
    DotImage image(left, body - 1);
    image.picture(tile.picture);
    for (std::string& line : image.lines()) scene.push_back(std::move(line));
  }

  std::vector<std::string> curves;
  if (side_by_side) {
    const std::size_t width = columns - left - 3;
    std::vector<std::string> bars = opinion_lines(subject, s.opinion, width);
    const std::size_t room = body - std::min(body, bars.empty() ? 0 : bars.size() + 1);
    const std::pair<std::string, const Series*> shown[] = {{"episode return", &s.curves.returns},
                                                           {s.curves.loss_name, &s.curves.loss},
                                                           {s.curves.value_name, &s.curves.value}};
    const std::size_t count = std::clamp<std::size_t>(room / 4, room >= 3 ? 1 : 0, 3);
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t height = room / count;
      for (std::string& line : curve(shown[k].first, *shown[k].second, width, height)) {
        curves.push_back(std::move(line));
      }
    }
    if (!bars.empty()) curves.emplace_back();
    for (std::string& bar : bars) curves.push_back(std::move(bar));
  }
  for (std::size_t k = 0; k < body && k < std::max(scene.size(), curves.size()); ++k) {
    std::string line = padded(k < scene.size() ? scene[k] : "", left);
    if (side_by_side) line += "   " + (k < curves.size() ? curves[k] : "");
    lines.push_back(std::move(line));
  }
  return lines;
}

void run_in_terminal(Stage& stage, const std::function<bool()>& stop) {
  if (isatty(STDERR_FILENO) != 1) {
    kernels::throw_runtime("viewer", "--watch=terminal: standard error is no terminal");
  }
  constexpr std::chrono::milliseconds kFrame{100};
  const auto start = std::chrono::steady_clock::now();
  std::fputs("\033[2J", stderr);  // an empty screen
  for (bool last = false; !last;) {
    last = stop();  // the last state is drawn too
    const double now =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Snapshot& snapshot = stage.advance(now);
    bool attention = false;
    const auto [columns, rows] = terminal_size();
    std::string text = "\033[H";  // over the last frame, from the upper left on
    for (const std::string& line :
         terminal_frame(stage.subject(), snapshot, stage.status(attention), columns, rows)) {
      text += line + "\033[K\n";
    }
    text += "\033[J";
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
    if (!last) std::this_thread::sleep_for(kFrame);
  }
}

}  // namespace pavlov::apps
