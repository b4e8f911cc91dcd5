#include "pavlov/bench/trained_run.h"

#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "pavlov/apps/program.h"

namespace pavlov::bench {
namespace {

using nlohmann::json;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

TrainedRun train(const std::string& algorithm, const std::string& env, int seed, double threshold,
                 const std::vector<std::string>& options, const std::filesystem::path& folder) {
  std::vector<std::string> arguments = {
      "train", algorithm,       "--env",       env,      "--seed", std::to_string(seed),
      "--out", folder.string(), "--overwrite", "--quiet"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  TrainedRun run;
  const double start = cpu_seconds();
  if (apps::run_program(arguments) != 0) std::exit(1);
  run.cpu_seconds = cpu_seconds() - start;
  std::ifstream metrics(folder / "metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const json record = json::parse(line);
    if (record["kind"] == "final") {
      run.score = record["mean"];
      run.steps = record["steps"];
    }
    if (record["kind"] != "evaluation") continue;
    const bool solved = record["mean"].get<double>() >= threshold;
    if (solved && run.solved_after_steps == kNever) {
      run.solved_after_steps = record["steps"];
      run.solved_after_seconds = record["seconds"];
    }
    if (run.solved_after_steps == kNever) continue;
    ++run.evaluations_after_solved;
    run.solved_evaluations += solved ? 1 : 0;
  }
  return run;
}

}  // namespace pavlov::bench
