// Scores of an algorithm on an environment over seeds, with intervals.
//
//   bench_agents_scores ppo CartPole-v1 [--seeds 0-9] [--threshold 475] [--json] [options of train]
//   bench_agents_scores ladder CartPole-v1 [...]                              every rung
//   bench_agents_scores --all [--seeds 0-9] [--json] [options of train]       every preset there is
//
// Trains with the preset for every seed, one after the other in this process, and prints one row
// per seed and a summary; with --json one object per line, with a hash of the options trained with
// and the build; the machine is machine.json of the folder that keeps it. A score is the mean
// return of the last policy over the greedy episodes of the final evaluation; a run is solved where
// that reaches the threshold, by default the environment's own. First solved evaluation: steps, and
// seconds of training by the clock. Intervals are at 95 %: stratified bootstrap over seeds for the
// interquartile mean and the medians, Wilson's for the share of solved runs (agents/statistics.h).
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/ladder.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/agents/statistics.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/presets.h"
#include "pavlov/bench/trained_run.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/simd_target.h"

namespace {

namespace fs = std::filesystem;
namespace agents = pavlov::agents;
using Record = std::vector<std::pair<std::string, agents::MetricValue>>;

using pavlov::bench::kNever;
using Run = pavlov::bench::TrainedRun;

struct Request {
  std::string algorithm, env;
  int first = 0, last = 9;          // seeds
  std::optional<double> threshold;  // of the score; none: no run counts as solved
  bool json_rows = false;
  std::vector<std::string> options = {};  // of `pavlov train`
};

[[noreturn]] void fail_usage() {
  std::fputs(
      "usage: bench_agents_scores ALGORITHM ENV|ladder ENV|--all [--seeds FIRST-LAST] "
      "[--threshold SCORE] [--json] [options of pavlov train]\n",
      stderr);
  std::exit(2);
}

template <class Number>
Number number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail_usage();
  return value;
}

Request parse(const std::string& algorithm, const std::string& env,
              std::vector<std::string> arguments) {
  Request request{.algorithm = algorithm, .env = env, .threshold = {}};
  request.threshold = pavlov::envs::make(env)->spec().reward_threshold;
  request.json_rows = std::erase(arguments, "--json") > 0;
  const auto take = [&](const char* name) -> std::optional<std::string> {
    const auto found = std::ranges::find(arguments, name);
    if (found == arguments.end()) return {};
    if (found + 1 == arguments.end()) fail_usage();
    std::string value = found[1];
    arguments.erase(found, found + 2);
    return value;
  };
  if (const auto seeds = take("--seeds")) {
    const std::size_t dash = seeds->find('-');
    request.first = number<int>(seeds->substr(0, dash));
    request.last = dash == std::string::npos ? request.first : number<int>(seeds->substr(dash + 1));
    if (request.last < request.first) fail_usage();
  }
  if (const auto threshold = take("--threshold")) request.threshold = number<double>(*threshold);
  request.options = std::move(arguments);
  return request;
}

// What the command line asks for: one request, or one of every rung or preset.
std::vector<Request> parse(std::vector<std::string> arguments) {
  std::vector<Request> requests;
  if (!arguments.empty() && arguments[0] == "--all") {
    arguments.erase(arguments.begin());
    for (const pavlov::apps::Preset& preset : pavlov::apps::presets()) {
      const std::string name(preset.name);
      const auto env = pavlov::apps::config_value(std::string(preset.text), "env");
      requests.push_back(parse(name.substr(name.rfind('_') + 1), env.value(), arguments));
    }
    return requests;
  }
  if (arguments.size() < 2 || arguments[0].starts_with("-")) fail_usage();
  const std::vector<std::string> rest(arguments.begin() + 2, arguments.end());
  if (arguments[0] == "ladder") {
    for (const agents::Rung& rung : agents::ladder()) {
      requests.push_back(parse(std::string(rung.name), arguments[1], rest));
    }
    return requests;
  }
  requests.push_back(parse(arguments[0], arguments[1], rest));
  return requests;
}

Record row(const Request& request, const std::string& config, const std::string& name) {
  return {{"suite", std::string("agents_scores")},
          {"algorithm", request.algorithm},
          {"env", request.env},
          {"config", config},
          {"build", std::string("pavlov " PAVLOV_VERSION ", GCC " __VERSION__ ", ") +
                        std::string(pavlov::kernels::simd_target())},
          {"name", name}};
}

void print(const Record& record) { std::printf("%s\n", agents::json_line(record).c_str()); }

void print_seed(const Request& request, int seed, const Run& run) {
  if (request.json_rows) {
    Record record = row(request, run.config, "seed");
    const Record values = {{"seed", std::int64_t{seed}},
                           {"value", run.score},
                           {"unit", std::string("return")},
                           {"steps", run.steps},
                           {"solved_after_steps", run.solved_after_steps},
                           {"solved_after_seconds", run.solved_after_seconds},
                           {"solved_evaluations", std::int64_t{run.solved_evaluations}},
                           {"evaluations_after_solved", std::int64_t{run.evaluations_after_solved}},
                           {"cpu_seconds", run.cpu_seconds}};
    record.insert(record.end(), values.begin(), values.end());
    print(record);
  } else {
    std::printf(
        "seed %3d  last policy %8.2f after %.0f steps; solved at %7.0f steps, %6.2f s; then %3d of "
        "%3d evaluations solved; %7.2f CPU s\n",
        seed, run.score, run.steps, run.solved_after_steps, run.solved_after_seconds,
        run.solved_evaluations, run.evaluations_after_solved, run.cpu_seconds);
  }
  std::fflush(stdout);
}

void print_summary(const Request& request, const std::string& config, const std::string& name,
                   double value, const std::string& unit, std::optional<agents::Interval> interval,
                   std::size_t runs) {
  if (request.json_rows) {
    Record record = row(request, config, name);
    record.emplace_back("n", static_cast<std::int64_t>(runs));
    record.emplace_back("value", value);
    record.emplace_back("unit", unit);
    if (interval) {
      record.emplace_back("low", interval->low);
      record.emplace_back("high", interval->high);
    }
    print(record);
    return;
  }
  std::printf("%-28s %10.3f %s", name.c_str(), value, unit.c_str());
  if (interval) std::printf("  [%.3f, %.3f]", interval->low, interval->high);
  std::printf("\n");
}

template <class Field>
std::vector<double> column(const std::vector<Run>& runs, Field field) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(run.*field);
  return values;
}

void summarize(const Request& request, const std::vector<Run>& runs) {
  const std::vector<double> scores = column(runs, &Run::score);
  const std::string& config = runs.front().config;
  print_summary(request, config, "interquartile_mean", agents::interquartile_mean(scores), "return",
                agents::bootstrap_interval(scores, agents::interquartile_mean), runs.size());
  print_summary(request, config, "least", *std::ranges::min_element(scores), "return", {},
                runs.size());
  const std::vector<double> cpu = column(runs, &Run::cpu_seconds);
  print_summary(request, config, "median_cpu_seconds", agents::median(cpu), "CPU s",
                agents::bootstrap_interval(cpu, agents::median), runs.size());
  if (!request.threshold) return;
  const auto solved =
      std::ranges::count_if(scores, [&](double score) { return score >= *request.threshold; });
  const auto n = static_cast<std::int64_t>(runs.size());
  const agents::Interval share = agents::wilson_interval(solved, n);
  print_summary(
      request, config, "solved_runs", static_cast<double>(solved), "runs",
      agents::Interval{share.low * static_cast<double>(n), share.high * static_cast<double>(n)},
      runs.size());
  // Times to the first solved evaluation, where every run had one: a run without would be censored.
  const std::pair<const char*, std::pair<const char*, double Run::*>> times[] = {
      {"median_solved_after_steps", {"steps", &Run::solved_after_steps}},
      {"median_solved_after_seconds", {"s of training", &Run::solved_after_seconds}}};
  for (const auto& [name, what] : times) {
    const std::vector<double> values = column(runs, what.second);
    if (*std::ranges::max_element(values) == kNever) continue;
    print_summary(request, config, name, agents::median(values), what.first,
                  agents::bootstrap_interval(values, agents::median), runs.size());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const fs::path folder =
      fs::temp_directory_path() / ("pavlov_bench_agents_scores_" + std::to_string(getpid()));
  for (const Request& request : parse({argv + 1, argv + argc})) {
    if (!request.json_rows) {
      std::printf("%s on %s\n", request.algorithm.c_str(), request.env.c_str());
    }
    std::vector<Run> runs;
    for (int seed = request.first; seed <= request.last; ++seed) {
      runs.push_back(pavlov::bench::train(request.algorithm, request.env, seed,
                                          request.threshold.value_or(kNever), request.options,
                                          folder));
      print_seed(request, seed, runs.back());
    }
    summarize(request, runs);
  }
  fs::remove_all(folder);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_agents_scores: %s\n", error.what());
  return 1;
}
