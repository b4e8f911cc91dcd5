#include "pavlov/apps/progress.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>

#include "pavlov/apps/viewer/labels.h"

namespace pavlov::apps {
namespace {

constexpr std::size_t kWidestBar = 20;
constexpr std::size_t kNarrowestBar = 4;
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kPlainWidth = 200;  // of lines that no terminal wraps
constexpr auto kRedrawInterval = std::chrono::milliseconds(100);

std::string rate(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f}M", per_second * 1e-6);
  if (per_second >= 1e3) return fmt::format("{:.1f}k", per_second * 1e-3);
  return fmt::format("{:.0f}", per_second);
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// Columns of the terminal at standard error.
std::size_t terminal_columns() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

// "[=====>    ] ".
std::string bar(double fraction, std::size_t width) {
  const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(width));
  std::string inside(filled, '=');
  if (filled < width) inside += '>';
  inside.resize(width, ' ');
  return "[" + inside + "] ";
}

}  // namespace

std::string progress_line(const ProgressState& state, double steps_per_second, std::size_t width) {
  constexpr std::size_t kBarEnds = 3;
  const double fraction = std::clamp(
      static_cast<double>(state.steps) / static_cast<double>(state.total_steps), 0.0, 1.0);
  const std::string head = fmt::format("{} / {}   {} steps/s", grouped(state.steps),
                                       grouped(state.total_steps), rate(steps_per_second));
  std::string mean_return, evaluation, left;
  if (std::isfinite(state.mean_return)) {
    mean_return = fmt::format("   return {:.1f}", state.mean_return);
  }
  if (std::isfinite(state.evaluation)) {
    evaluation = fmt::format("   evaluation {:.1f}", state.evaluation);
  }
  if (steps_per_second > 0.0 && state.steps < state.total_steps) {
    left = fmt::format("   {} left", duration(static_cast<double>(state.total_steps - state.steps) /
                                              steps_per_second));
  }
  const auto room = [&] {  // for the bar
    const std::size_t rest =
        kBarEnds + head.size() + mean_return.size() + evaluation.size() + left.size();
    return width - std::min(width, rest);
  };
  if (room() < kNarrowestBar) evaluation.clear();
  if (room() < kNarrowestBar) mean_return.clear();
  const std::string line = bar(fraction, std::clamp(room(), kNarrowestBar, kWidestBar)) + head +
                           mean_return + evaluation + left;
  return line.substr(0, width);
}

ProgressBar::ProgressBar(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  try {
    finish();
  } catch (const std::exception&) {  // no memory for a last line: the run's own error matters more
  }
}

void ProgressBar::show(const ProgressState& state) {
  if (quiet_) return;
  if (terminal_) {
    waiting_ = state;
    if (!drawn_ || Clock::now() - *drawn_ >= kRedrawInterval) draw(state);
    return;
  }
  const std::int64_t tenths = state.steps * 10 / std::max<std::int64_t>(state.total_steps, 1);
  if (tenths == shown_tenths_) return;
  shown_tenths_ = tenths;
  spdlog::info(line(state, kPlainWidth));
}

void ProgressBar::finish() {
  if (waiting_) draw(*waiting_);
  if (line_open_) std::fputs("\n", stderr);
  line_open_ = false;
}

std::string ProgressBar::line(const ProgressState& state, std::size_t width) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  return progress_line(state, seconds > 0.0 ? static_cast<double>(state.steps) / seconds : 0.0,
                       width);
}

void ProgressBar::draw(const ProgressState& state) {
  // Some terminals wrap as soon as the last column is written.
  const std::string text = "\r\033[K" + line(state, terminal_columns() - 1);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  line_open_ = true;
  drawn_ = Clock::now();
  waiting_.reset();
}

}  // namespace pavlov::apps
