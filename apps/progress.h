// Progress: one line that shows where a run stands; plain lines where nobody watches a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pavlov::apps {

struct ProgressState {
  std::int64_t steps = 0;
  std::int64_t total_steps = 1;
  double mean_return = 0.0;  // of recent training episodes; NaN before the first
  double evaluation = 0.0;   // mean of the last evaluation; NaN before the first
};

// "[=====>    ]  24,000 / 50,000   81.2k steps/s   return 182.4   evaluation 500.0   0:02 left".
std::string progress_line(const ProgressState& state, double steps_per_second);

class Progress {
 public:
  // Draws a bar where standard error is a terminal; else prints a plain line for every tenth of the
  // run. `quiet` shows nothing.
  explicit Progress(bool quiet);

  void show(const ProgressState& state);
  // Ends the bar's line, so that other output starts on its own.
  void finish();

 private:
  const bool quiet_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::int64_t shown_tenths_ = 0;
  bool line_open_ = false;
};

}  // namespace pavlov::apps
