#include "pavlov/apps/progress.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pavlov::apps {
namespace {

std::string thousands(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

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

}  // namespace

std::string progress_line(const ProgressState& state, double steps_per_second) {
  constexpr int kWidth = 20;
  const double fraction = std::clamp(
      static_cast<double>(state.steps) / static_cast<double>(state.total_steps), 0.0, 1.0);
  const auto filled = static_cast<int>(fraction * kWidth);
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled < kWidth) bar += '>';
  bar.resize(kWidth, ' ');
  std::string line = fmt::format("[{}] {} / {}   {} steps/s", bar, thousands(state.steps),
                                 thousands(state.total_steps), rate(steps_per_second));
  if (std::isfinite(state.mean_return)) line += fmt::format("   return {:.1f}", state.mean_return);
  if (std::isfinite(state.evaluation))
    line += fmt::format("   evaluation {:.1f}", state.evaluation);
  if (steps_per_second > 0.0 && state.steps < state.total_steps) {
    const double left = static_cast<double>(state.total_steps - state.steps) / steps_per_second;
    line += fmt::format("   {} left", duration(left));
  }
  return line;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::show(const ProgressState& state) {
  if (quiet_) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double per_second = seconds > 0.0 ? static_cast<double>(state.steps) / seconds : 0.0;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", progress_line(state, per_second));
    std::fflush(stderr);
    line_open_ = true;
    return;
  }
  const std::int64_t tenths = state.steps * 10 / std::max<std::int64_t>(state.total_steps, 1);
  if (tenths == shown_tenths_) return;
  shown_tenths_ = tenths;
  spdlog::info(progress_line(state, per_second));
}

void Progress::finish() {
  if (line_open_) fmt::print(stderr, "\n");
  line_open_ = false;
}

}  // namespace pavlov::apps
