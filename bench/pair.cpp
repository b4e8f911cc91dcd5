#include "pavlov/bench/pair.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {
namespace {

struct Pair {
  Row row;
  std::string candidate_key;
  std::string baseline_key;
};

std::vector<Pair>& registered() {
  static std::vector<Pair> pairs;
  return pairs;
}

// Keeps the least processor time per iteration of every benchmark, in seconds.
class LeastTimes : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) {
        std::fprintf(stderr, "%s: %s\n", run.run_name.function_name.c_str(),
                     run.error_message.c_str());
        failed_ = true;
        continue;
      }
      const bool by_the_clock = run.run_name.time_type == "manual_time";
      const double accumulated =
          by_the_clock ? run.real_accumulated_time : run.cpu_accumulated_time;
      const double seconds =
          accumulated / static_cast<double>(std::max<std::int64_t>(run.iterations, 1));
      const auto [entry, fresh] = least_.emplace(run.run_name.function_name, seconds);
      if (!fresh) entry->second = std::min(entry->second, seconds);
    }
  }
  bool failed() const { return failed_; }
  double seconds(const std::string& key) const {
    const auto found = least_.find(key);
    return found == least_.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
  }

 private:
  std::map<std::string, double> least_;
  bool failed_ = false;
};

// Units of a value per item, from its text before the slash.
double per_second(std::string_view unit) {
  if (unit.starts_with("ns")) return 1e9;
  if (unit.starts_with("us")) return 1e6;
  if (unit.starts_with("ms")) return 1e3;
  return 1.0;
}

// `seconds` of an iteration in the unit of the row: time per item, or giga-items per second.
double in_unit(const Row& row, double seconds) {
  if (row.unit.starts_with("G")) return row.items / seconds * 1e-9;
  return seconds * per_second(row.unit) / row.items;
}

void print(const Pair& pair, const LeastTimes& times, bool json) {
  const double candidate = times.seconds(pair.candidate_key);
  const double baseline = times.seconds(pair.baseline_key);
  if (!(candidate > 0.0) || !(baseline > 0.0)) return;  // filtered out
  if (json) {
    std::printf("%s\n", agents::json_line({{"suite", pair.row.suite},
                                           {"name", pair.row.name},
                                           {"n", pair.row.n},
                                           {"value", in_unit(pair.row, candidate)},
                                           {"unit", pair.row.unit},
                                           {"baseline", pair.row.baseline},
                                           {"baseline_value", in_unit(pair.row, baseline)},
                                           {"ratio", baseline / candidate},
                                           {"wanted", pair.row.wanted},
                                           {"simd", std::string(kernels::simd_target())}})
                            .c_str());
  } else {
    char wanted[16] = "-";
    if (pair.row.wanted > 0.0) std::snprintf(wanted, sizeof(wanted), "%.2fx", pair.row.wanted);
    std::printf("%-8s %-36s %8lld  %10.3f %-10s %10.3f  %6.2fx %7s  %s\n", pair.row.suite.c_str(),
                pair.row.name.c_str(), static_cast<long long>(pair.row.n),
                in_unit(pair.row, candidate), pair.row.unit.c_str(), in_unit(pair.row, baseline),
                baseline / candidate, wanted, pair.row.baseline.c_str());
  }
}

}  // namespace

void add_pair(const Row& row, Body candidate, Body baseline) {
  const std::string key = row.suite + "/" + row.name + "/" + std::to_string(row.n);
  registered().push_back({row, key, key + "/baseline"});
  auto* const first = benchmark::RegisterBenchmark(key.c_str(), std::move(candidate));
  auto* const second =
      benchmark::RegisterBenchmark((key + "/baseline").c_str(), std::move(baseline));
  if (!row.by_the_clock) return;
  first->UseManualTime();
  second->UseManualTime();
}

int run_pairs(int argc, char** argv) {
  bool json = false;
  std::vector<std::string> arguments = {argv[0], "--benchmark_enable_random_interleaving=true",
                                        "--benchmark_repetitions=9", "--benchmark_min_time=0.04"};
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else {
      arguments.emplace_back(argv[i]);
    }
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  LeastTimes times;
  benchmark::RunSpecifiedBenchmarks(&times);
  if (!json) {
    std::printf("one thread unless named, SIMD target %s; least of 9 interleaved runs\n",
                std::string(kernels::simd_target()).c_str());
    std::printf("%-8s %-36s %8s  %10s %-10s %10s  %7s %7s  %s\n", "suite", "name", "n", "value",
                "unit", "baseline", "ratio", "wanted", "baseline is");
  }
  for (const Pair& pair : registered()) print(pair, times, json);
  return times.failed() ? 1 : 0;
}

}  // namespace pavlov::bench
