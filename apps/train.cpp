// pavlov train ALGORITHM: trains an agent, evaluates it on the way, saves everything in a run's
// folder.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/dqn_device.h"
#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/ladder.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/apps/algorithms.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/run_options.h"
#include "pavlov/apps/run_recorder.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::apps {
namespace {

struct DqnOptions {
  RunOptions run;
  agents::DqnConfig dqn;
  agents::OffPolicyConfig training;
  agents::DeviceChoice device = agents::DeviceChoice::cpu;
};

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

int train_dqn(CLI::App& command, DqnOptions& options) {
  RunOptions& o = options.run;
  const std::string preset = apply_files(command, o);
  validate(o);
  agents::validate(options.dqn);
  agents::validate(options.training);
  const replay::ReplayConfig& replay_config = options.training.replay;
  if (static_cast<std::size_t>(o.num_envs) > replay_config.buffer_size / replay_config.n_step) {
    kernels::throw_argument("options", "num_envs " + std::to_string(o.num_envs) + " with n_step " +
                                           std::to_string(replay_config.n_step) +
                                           ": must be at most buffer_size=" +
                                           std::to_string(replay_config.buffer_size) + " / n_step");
  }
  const std::uint64_t seed = checked_seed(o.seed);
  const std::unique_ptr<envs::VecEnv> env = make_env(o, static_cast<std::size_t>(o.num_envs));
  const envs::EnvSpec& spec = env->spec();
  const auto* actions = std::get_if<envs::Discrete>(&spec.action_space);
  if (actions == nullptr) {
    kernels::throw_argument(
        "train", o.env + " has continuous actions: " + o.algorithm + " needs discrete ones");
  }
  const agents::DqnOnDevice made = agents::make_dqn(
      options.dqn, spec.observation_space.size(), static_cast<std::size_t>(actions->n), seed,
      options.device, options.training, static_cast<std::size_t>(o.num_envs));
  agents::OffPolicyAgent& agent = *made.agent;
  const std::string device = kernels::device_name(made.device);
  replay::Replay replay(replay_config, spec.observation_space.size());

  const std::atomic<bool>& stop = catch_interrupts();
  const std::filesystem::path path =
      o.out.empty() ? make_new_run_folder(o) : std::filesystem::path(o.out);
  agents::RunFolder folder(path, resolved_config(command), o.overwrite);
  folder.record({{"kind", std::string("run")},
                 {"version", std::string(version())},
                 {"algorithm", o.algorithm},
                 {"env", o.env},
                 {"seed", o.seed},
                 {"simd", std::string(kernels::simd_target())},
                 {"device", device},
                 {"device_reason", made.reason}});
  RunRecorder recorder(o, folder);
  if (!o.quiet) {
    spdlog::info("{} on {}, seed {}, {}", o.algorithm, o.env, o.seed, preset);
    if (options.device != agents::DeviceChoice::cpu) {
      spdlog::info("device {}: {}", device, made.reason);
    }
  }
  const std::vector<agents::Observer> observers = recorder.observers();
  Outcome outcome{.path = path, .threshold = recorder.threshold()};
  outcome.training =
      agents::train_off_policy(*env, agent, replay, options.training, seed, observers, &stop);
  outcome.solved_after = recorder.solved_after();
  recorder.finish();

  const std::int64_t steps = outcome.training.progress.env_steps;
  agents::Policy policy = recorder.policy(agent, steps);
  folder.save_last(policy);
  recorder.save_picture();
  if (!outcome.training.interrupted && o.final_episodes > 0) {
    outcome.final = recorder.evaluate_last(policy, steps);
  }
  if (outcome.training.interrupted && !o.quiet) {
    spdlog::warn("interrupted at step {}: everything is saved in {}", steps, path.string());
  }
  const std::string program = command.get_parent()->get_parent()->get_name();
  if (o.json) {
    fmt::print("{}\n", json_report(o, outcome));
  } else if (!o.quiet) {
    print_report(program, outcome);
  }
  return outcome.training.interrupted ? kInterruptedStatus : 0;
}

}  // namespace

void add_train_command(CLI::App& program, int& status) {
  CLI::App* train = program.add_subcommand("train", "Train an agent: pavlov train dqn --env ID");
  train->require_subcommand(1);
  for (const Algorithm& algorithm : algorithms()) {
    CLI::App* command =
        train->add_subcommand(std::string(algorithm.name), std::string(algorithm.summary));
    auto options = std::make_shared<DqnOptions>();
    options->run.algorithm = algorithm.name;
    agents::find_rung(algorithm.name).set(options->dqn, options->training);
    bind(*command, options->run);
    bind(*command, options->training);
    bind_device(*command, options->device);
    bind(*command, options->dqn);
    command->callback([command, options, &status] { status = train_dqn(*command, *options); });
  }
}

}  // namespace pavlov::apps
