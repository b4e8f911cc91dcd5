#include "pavlov/apps/training_run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/run_recorder.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::apps {
namespace {

// What a run came to.
struct Outcome {
  std::filesystem::path path;
  std::optional<double> threshold;
  agents::TrainingResult training = {};
  std::optional<double> solved_after = {};       // seconds
  std::optional<agents::Evaluation> final = {};  // none where interrupted or not asked for
};

std::string json_report(const RunOptions& o, const Outcome& outcome) {
  constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<std::string, agents::MetricValue>> record = {
      {"run", outcome.path.string()},
      {"env", o.env},
      {"algorithm", o.algorithm},
      {"seed", o.seed},
      {"steps", outcome.training.progress.env_steps},
      {"updates", outcome.training.progress.updates},
      {"seconds", outcome.training.seconds},
      {"solved_after_seconds", outcome.solved_after.value_or(kNever)},
      {"interrupted", outcome.training.interrupted}};
  if (outcome.final) {
    std::ranges::move(agents::evaluation_record(*outcome.final), std::back_inserter(record));
  }
  return agents::json_line(record);
}

void print_report(const std::string& program, const Outcome& outcome) {
  fmt::print("trained {} steps with {} updates in {:.2f} s\n", outcome.training.progress.env_steps,
             outcome.training.progress.updates, outcome.training.seconds);
  if (outcome.solved_after) {
    fmt::print("first evaluation at or above {:g} after {:.2f} s of training\n", *outcome.threshold,
               *outcome.solved_after);
  }
  if (const auto& final = outcome.final) {
    fmt::print("last policy: mean return {:.2f} over {} greedy episodes (min {:.0f}, max {:.0f})",
               final->mean(), final->returns.size(), final->min(), final->max());
    if (outcome.threshold) {
      fmt::print("{}", final->mean() >= *outcome.threshold ? ": solved" : ": not solved");
    }
    fmt::print("\n");
  }
  std::string files;
  for (const char* name : {"config.toml", "metrics.jsonl", "learning_curve.svg", "last.safetensors",
                           "best.safetensors"}) {
    if (std::filesystem::exists(outcome.path / name)) files += std::string(" ") + name;
  }
  fmt::print("saved in {}/:{}\n", outcome.path.string(), files);
  fmt::print("next: {} evaluate {} --episodes 100\n", program, outcome.path.string());
}

}  // namespace

int run_training(const TrainingRun& run) {
  const RunOptions& o = run.options;
  const std::atomic<bool>& stop = catch_interrupts();
  const std::filesystem::path path =
      o.out.empty() ? make_new_run_folder(o) : std::filesystem::path(o.out);
  agents::RunFolder folder(path, resolved_config(run.command), o.overwrite);
  folder.record({{"kind", std::string("run")},
                 {"version", std::string(version())},
                 {"algorithm", o.algorithm},
                 {"env", o.env},
                 {"seed", o.seed},
                 {"simd", std::string(kernels::simd_target())},
                 {"device", run.device.name},
                 {"device_reason", run.device.reason}});
  RunRecorder recorder(o, folder, run.unscaled_returns);
  if (!o.quiet) {
    spdlog::info("{} on {}, seed {}, {}", o.algorithm, o.env, o.seed, run.preset);
    if (run.device.asked_for) spdlog::info("device {}: {}", run.device.name, run.device.reason);
  }
  std::vector<agents::Observer> observers = recorder.observers();
  run.view.begin(run.agent, recorder, folder, observers);
  Outcome outcome{.path = path, .threshold = recorder.threshold()};
  outcome.training = run.train(observers, &stop);
  outcome.solved_after = recorder.solved_after();
  recorder.finish();
  run.view.finish();

  const std::int64_t steps = outcome.training.progress.env_steps;
  agents::Policy policy = recorder.policy(run.agent, steps);
  folder.save_last(policy);
  recorder.save_picture();
  if (!outcome.training.interrupted && o.final_episodes > 0) {
    outcome.final = recorder.evaluate_last(policy, steps);
  }
  run.view.end();
  if (outcome.training.interrupted && !o.quiet) {
    spdlog::warn("interrupted at step {}: everything is saved in {}", steps, path.string());
  }
  const std::string program = run.command.get_parent()->get_parent()->get_name();
  if (o.json) {
    fmt::print("{}\n", json_report(o, outcome));
  } else if (!o.quiet) {
    print_report(program, outcome);
  }
  run.view.wait();
  return outcome.training.interrupted ? kInterruptedStatus : 0;
}

}  // namespace pavlov::apps
