#include "pavlov/bench/trained_run.h"

#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
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

// FNV-1a of the options in the resolved configuration of a run.
std::string config_hash(const std::filesystem::path& path) {
  std::uint64_t hash = 0xcbf29ce484222325;
  std::ifstream config(path);
  for (std::string line; std::getline(config, line);) {
    if (line.empty() || line[0] == '#' || line.starts_with("seed=")) continue;
    for (const char c : line + '\n') {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
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
  run.config = config_hash(folder / "config.toml");
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
