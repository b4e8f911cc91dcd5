// DQN on CartPole over seeds: does it learn, does it hold, how long does it take.
//
// Runs the preset for seeds 0-9 (or `bench_dqn_training FIRST LAST [further options of pavlov train
// dqn]`) one after the other in this process and prints one row per seed and a summary; with --json
// one object per line. Times are processor seconds of the whole process, evaluations included, and
// training seconds by the clock up to the first solved evaluation.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/program.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kThreshold = 475.0;  // CartPole-v1, Gymnasium's registry

struct SeedResult {
  double final_mean = 0.0;
  int evaluations_after_solved = 0;  // from the first solved evaluation on
  int solved_evaluations = 0;
  double solved_after_steps = -1.0;
  double solved_after_seconds = -1.0;
  double cpu_seconds = 0.0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

SeedResult train(int seed, const fs::path& folder, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {
      "train", "dqn",           "--env",       "CartPole-v1", "--seed", std::to_string(seed),
      "--out", folder.string(), "--overwrite", "--quiet"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  SeedResult result;
  const double start = cpu_seconds();
  if (pavlov::apps::run_program(arguments) != 0) std::exit(1);
  result.cpu_seconds = cpu_seconds() - start;
  std::ifstream metrics(folder / "metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const json record = json::parse(line);
    if (record["kind"] == "final") result.final_mean = record["mean"];
    if (record["kind"] != "evaluation") continue;
    const bool solved = record["mean"].get<double>() >= kThreshold;
    if (solved && result.solved_after_steps < 0.0) {
      result.solved_after_steps = record["steps"];
      result.solved_after_seconds = record["seconds"];
    }
    if (result.solved_after_steps >= 0.0) {
      ++result.evaluations_after_solved;
      result.solved_evaluations += solved ? 1 : 0;
    }
  }
  return result;
}

double share(int part, int whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / whole; }

void print_row(const std::string& name, int n, double value, const std::string& unit,
               bool json_rows) {
  if (json_rows) {
    std::printf("%s\n", pavlov::agents::json_line({{"suite", std::string("dqn_cartpole")},
                                                   {"name", name},
                                                   {"n", std::int64_t{n}},
                                                   {"value", value},
                                                   {"unit", unit}})
                            .c_str());
  } else {
    std::printf("%-34s %10.3f %s\n", name.c_str(), value, unit.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool json_rows = std::erase(arguments, "--json") > 0;
  int first = 0;
  int last = 9;
  if (arguments.size() >= 2 && !arguments[0].starts_with("-")) {
    first = std::atoi(arguments[0].c_str());
    last = std::atoi(arguments[1].c_str());
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  const fs::path folder = fs::temp_directory_path() / "pavlov_bench_dqn_training";
  std::vector<SeedResult> results;
  for (int seed = first; seed <= last; ++seed) {
    const SeedResult r = train(seed, folder, arguments);
    results.push_back(r);
    if (!json_rows) {
      std::printf(
          "seed %3d  last policy %6.1f  solved at %6.0f steps, %5.2f s; then %2d of %2d "
          "evaluations solved; %6.2f CPU s\n",
          seed, r.final_mean, r.solved_after_steps, r.solved_after_seconds, r.solved_evaluations,
          r.evaluations_after_solved, r.cpu_seconds);
      std::fflush(stdout);
    }
  }
  fs::remove_all(folder);

  const int seeds = static_cast<int>(results.size());
  int solved = 0;
  int after = 0;
  int held = 0;
  double worst_share = 1.0;
  double worst_seconds = 0.0;
  double least_final = results.empty() ? 0.0 : results.front().final_mean;
  double cpu = 0.0;
  for (const SeedResult& r : results) {
    solved += r.final_mean >= kThreshold ? 1 : 0;
    after += r.evaluations_after_solved;
    held += r.solved_evaluations;
    worst_share = std::min(worst_share, share(r.solved_evaluations, r.evaluations_after_solved));
    worst_seconds = std::max(worst_seconds, r.solved_after_seconds);
    least_final = std::min(least_final, r.final_mean);
    cpu += r.cpu_seconds;
  }
  print_row("seeds_ending_solved", seeds, solved, "seeds", json_rows);
  print_row("least_final_mean", seeds, least_final, "return", json_rows);
  print_row("share_solved_after_first", seeds, share(held, after), "of evaluations", json_rows);
  print_row("least_share_of_a_seed", seeds, worst_share, "of evaluations", json_rows);
  print_row("longest_time_to_solved", seeds, worst_seconds, "s of training", json_rows);
  print_row("mean_cpu", seeds, seeds == 0 ? 0.0 : cpu / seeds, "CPU s per run", json_rows);
  return solved == seeds ? 0 : 1;
}
