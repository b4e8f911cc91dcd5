// pavlov bench kernels: what the tensor core must reach, timed on this machine.
//
// Rows, baselines and clock are those of bench/kernels/, which bench programs share.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/program.h"
#include "pavlov/bench/kernels/table.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::apps {
namespace {

struct BenchOptions {
  bool json = false;
  bool quick = false;
  double seconds = bench::Effort{}.seconds;
  std::string rows;  // only those whose name has this in it
};

void print_json(const bench::KernelRow& row, const bench::RowTimes& times) {
  std::vector<std::pair<std::string, agents::MetricValue>> record = {
      {"suite", row.suite}, {"name", row.name()},  {"what", row.what}, {"shape", row.shape},
      {"n", row.n},         {"value", times.ours}, {"unit", row.unit}};
  for (std::size_t k = 0; k < row.baselines.size(); ++k) {
    record.emplace_back(row.baselines[k].key, times.baselines[k]);
  }
  record.insert(record.end(), {{"ratio", times.ratio()}, {"wanted", row.wanted}});
  if (row.most > 0.0) record.emplace_back("most", row.most);
  if (const auto reached = times.reached(row)) record.emplace_back("reached", *reached);
  record.emplace_back("simd", std::string(kernels::simd_target()));
  fmt::print("{}\n", agents::json_line(record));
}

void print_row(const bench::KernelRow& row, const bench::RowTimes& times) {
  std::string baselines;
  for (std::size_t k = 0; k < row.baselines.size(); ++k) {
    baselines +=
        fmt::format("{}{} {:.4g}", k == 0 ? "" : ", ", row.baselines[k].key, times.baselines[k]);
  }
  const std::string most = row.most > 0.0 ? fmt::format(", <= {:g} {}", row.most, row.unit) : "";
  const bool compared = !row.baselines.empty();
  const std::optional<bool> reached = times.reached(row);
  fmt::print("{:<24} {:<12} {:>6}  {:>9.4g} {:<10}  {:<40} {:>8}  {:<18} {}\n", row.what, row.shape,
             row.n, times.ours, row.unit, compared ? baselines : "none",
             compared ? fmt::format("{:.2f}x", times.ratio()) : "-",
             fmt::format("{:g}x{}", row.wanted, most),
             !reached   ? "-"
             : *reached ? "yes"
                        : "no");
}

void bench_kernels(const BenchOptions& options) {
  bench::Effort effort{.seconds = options.seconds};
  if (options.quick) effort = {options.seconds / 5.0, 3, 100, 1000};
  const bench::KernelTable table = bench::kernel_table(effort);
  if (options.json) {
    fmt::print("{}\n", agents::json_line({{"suite", std::string("kernels")},
                                          {"baseline", table.baseline},
                                          {"simd", std::string(kernels::simd_target())},
                                          {"threads", std::int64_t{1}},
                                          {"repetitions", std::int64_t{effort.repetitions}},
                                          {"seconds", effort.seconds}}));
  } else {
    fmt::print("one thread, SIMD target {}; least of {} runs that take turns\nbaseline: {}\n",
               kernels::simd_target(), effort.repetitions, table.baseline);
    fmt::print("{:<24} {:<12} {:>6}  {:>20}  {:<40} {:>8}  {:<18} {}\n", "what", "shape", "n",
               "pavlov", "baselines", "ratio", "asked", "reached");
  }
  for (const bench::KernelRow& row : table.rows) {
    if (row.name().find(options.rows) == std::string::npos) continue;
    const bench::RowTimes times = bench::time_row(row, effort);
    if (options.json) {
      print_json(row, times);
    } else {
      print_row(row, times);
    }
    std::fflush(stdout);
  }
}

}  // namespace

void add_bench_command(CLI::App& program, int&) {
  CLI::App* command = program.add_subcommand("bench", "Time what this build computes");
  command->require_subcommand(1);
  CLI::App* kernels = command->add_subcommand(
      "kernels", "The tensor core against LibTorch, OpenBLAS and Eigen, where they are");
  auto options = std::make_shared<BenchOptions>();
  kernels->add_flag("--json", options->json, "One JSON object per line");
  kernels->add_flag("--quick", options->quick,
                    "A third of the runs, a fifth as long: a first look");
  kernels->add_option("--rows", options->rows, "Only rows with this in their name, such as train");
  kernels->add_option("--seconds", options->seconds, "Least processor time of one run of one side")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  kernels->callback([options] { bench_kernels(*options); });
}

}  // namespace pavlov::apps
