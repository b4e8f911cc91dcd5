// ProgressBar: one line that shows where a run stands; plain lines where nobody watches a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace pavlov::apps {

struct ProgressState {
  std::int64_t steps = 0;
  std::int64_t total_steps = 1;
  double mean_return = 0.0;  // of recent training episodes; NaN before the first
  double evaluation = 0.0;   // mean of the last evaluation; NaN before the first
};

// "[=====>    ]  24,000 / 50,000   81.2k steps/s   return 182.4   evaluation 500.0   0:02 left",
// in at most `width` columns: what is too long loses bar first, then the evaluation, then the
// return, then its end.
std::string progress_line(const ProgressState& state, double steps_per_second, std::size_t width);

class ProgressBar {
 public:
  // Draws a bar where standard error is a terminal, about ten times per second; else prints a plain
  // line for every tenth of the run. `quiet` shows nothing.
  explicit ProgressBar(bool quiet);
  // Ends the bar's line, so that the message of an exception starts on its own.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const ProgressState& state);
  // Draws the last state and ends the bar's line, so that other output starts on its own.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(const ProgressState& state, std::size_t width) const;
  void draw(const ProgressState& state);

  const bool quiet_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> drawn_;  // when the bar was drawn last
  std::optional<ProgressState> waiting_;    // shown since then
  std::int64_t shown_tenths_ = 0;
  bool line_open_ = false;
};

}  // namespace pavlov::apps
