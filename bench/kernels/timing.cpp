#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string_view>

#include "pavlov/bench/kernels/table.h"
#include "pavlov/kernels/denormals.h"

namespace pavlov::bench {
namespace {

// Processor time of this thread, in seconds.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One side, and its least time of one call so far.
struct Timed {
  const Work* work;
  std::int64_t calls = 1;  // of one run
  double seconds = std::numeric_limits<double>::infinity();

  // One run; returns how long it took.
  double run() {
    const double begin = thread_seconds();
    for (std::int64_t i = 0; i < calls; ++i) (*work)();
    const double taken = thread_seconds() - begin;
    seconds = std::min(seconds, taken / static_cast<double>(calls));
    return taken;
  }
};

double per_second(std::string_view unit) { return unit.starts_with("ns") ? 1e9 : 1e6; }

}  // namespace

double RowTimes::ratio() const {
  if (baselines.empty()) return std::numeric_limits<double>::quiet_NaN();
  return *std::ranges::min_element(baselines) / ours;
}

std::optional<bool> RowTimes::reached(const KernelRow& row) const {
  if (row.wanted > 0.0 && baselines.empty()) return {};
  const bool short_enough = row.most == 0.0 || ours <= row.most;
  return short_enough && (row.wanted == 0.0 || ratio() >= row.wanted);
}

RowTimes time_row(const KernelRow& row, const Effort& effort) {
  const Sides sides = row.make();
  const kernels::FlushDenormals flush;
  std::vector<Timed> timed = {{&sides.ours}};
  for (std::size_t k = 0; k < row.baselines.size(); ++k) timed.push_back({&sides.baselines[k]});
  for (Timed& side : timed) {
    while (side.run() < effort.seconds) side.calls *= 2;
  }
  for (int repetition = 1; repetition < effort.repetitions; ++repetition) {
    for (Timed& side : timed) side.run();
  }
  const double scale = per_second(row.unit) / row.items;
  RowTimes times{.ours = timed.front().seconds * scale, .baselines = {}};
  for (std::size_t k = 1; k < timed.size(); ++k) {
    times.baselines.push_back(timed[k].seconds * scale);
  }
  return times;
}

}  // namespace pavlov::bench
