// DQN on CartPole over seeds: does it learn, does it hold, how long does it take.
//
// Runs the preset for seeds 0-9 (or `bench_dqn_training FIRST LAST [further options of pavlov train
// dqn]`) one after the other in this process and prints one row per seed and a summary; with --json
// one object per line. Each summary row stands beside the bound it must keep; the exit status is 1
// where one does not. Times are processor seconds of the whole process, evaluations included, and
// training seconds by the clock up to the first solved evaluation.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/bench/trained_run.h"

namespace {

namespace fs = std::filesystem;

constexpr double kThreshold = 475.0;  // CartPole-v1, Gymnasium's registry

using pavlov::bench::TrainedRun;

double share(int part, int whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / whole; }

void print_seed(int seed, const TrainedRun& r, bool json_rows) {
  if (json_rows) {
    std::printf("%s\n", pavlov::agents::json_line(
                            {{"suite", std::string("dqn_cartpole")},
                             {"name", std::string("seed")},
                             {"n", std::int64_t{seed}},
                             {"value", r.score},
                             {"unit", std::string("return")},
                             {"solved_after_steps", r.solved_after_steps},
                             {"solved_after_seconds", r.solved_after_seconds},
                             {"solved_evaluations", std::int64_t{r.solved_evaluations}},
                             {"evaluations_after_solved", std::int64_t{r.evaluations_after_solved}},
                             {"cpu_seconds", r.cpu_seconds}})
                            .c_str());
  } else {
    std::printf(
        "seed %3d  last policy %6.1f  solved at %6.0f steps, %5.2f s; then %2d of %2d "
        "evaluations solved; %6.2f CPU s\n",
        seed, r.score, r.solved_after_steps, r.solved_after_seconds, r.solved_evaluations,
        r.evaluations_after_solved, r.cpu_seconds);
  }
  std::fflush(stdout);
}

// A measured value and what it must keep: at least the bound, or at most.
struct SummaryRow {
  const char* name;
  double value;
  const char* unit;
  bool at_least;
  double bound;

  double ratio() const { return at_least ? value / bound : bound / value; }
};

void print_row(const SummaryRow& row, int seeds, bool json_rows) {
  const std::string bound = std::string(row.at_least ? "at least" : "at most");
  if (json_rows) {
    std::printf("%s\n", pavlov::agents::json_line({{"suite", std::string("dqn_cartpole")},
                                                   {"name", std::string(row.name)},
                                                   {"n", std::int64_t{seeds}},
                                                   {"value", row.value},
                                                   {"unit", std::string(row.unit)},
                                                   {"baseline", bound},
                                                   {"baseline_value", row.bound},
                                                   {"ratio", row.ratio()}})
                            .c_str());
  } else {
    std::printf("%-26s %9.3f %-16s %s %g\n", row.name, row.value, row.unit, bound.c_str(),
                row.bound);
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
  const fs::path folder =
      fs::temp_directory_path() / ("pavlov_bench_dqn_training_" + std::to_string(getpid()));
  int seeds = 0;
  int solved = 0;
  int after = 0;
  int held = 0;
  double least_share = 1.0;
  double longest = 0.0;
  double least_final = pavlov::bench::kNever;
  for (int seed = first; seed <= last; ++seed) {
    const TrainedRun r =
        pavlov::bench::train("dqn", "CartPole-v1", seed, kThreshold, arguments, folder);
    print_seed(seed, r, json_rows);
    ++seeds;
    solved += r.score >= kThreshold ? 1 : 0;
    after += r.evaluations_after_solved;
    held += r.solved_evaluations;
    least_share = std::min(least_share, share(r.solved_evaluations, r.evaluations_after_solved));
    longest = std::max(longest, r.solved_after_seconds);
    least_final = std::min(least_final, r.score);
  }
  fs::remove_all(folder);

  const SummaryRow rows[] = {
      {"seeds_ending_solved", static_cast<double>(solved), "seeds", true,
       static_cast<double>(seeds)},
      {"least_final_mean", least_final, "return", true, kThreshold},
      {"share_solved_after_first", share(held, after), "of evaluations", true, 0.6},
      {"least_share_of_a_seed", least_share, "of evaluations", true, 0.6},
      {"longest_time_to_solved", longest, "s of training", false, 3.0},
  };
  bool kept = seeds > 0;
  for (const SummaryRow& row : rows) {
    print_row(row, seeds, json_rows);
    kept = kept && row.ratio() >= 1.0;
  }
  return kept ? 0 : 1;
}
