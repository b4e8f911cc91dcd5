// pavlov train dqn: trains an agent, evaluates it on the way, saves everything in a run's folder.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/apps/algorithms.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/learning_curve.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/presets.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/progress.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

// What every algorithm's command has besides the algorithm itself.
struct RunOptions {
  std::string algorithm;
  std::string env;
  std::string config;
  std::string out;
  std::int64_t seed = 1;
  std::int64_t num_envs = 1;
  std::int64_t threads = 1;
  std::int64_t eval_every = 2000;
  std::int64_t eval_episodes = 20;
  std::int64_t final_episodes = 100;
  std::vector<std::string> env_options;
  bool overwrite = false;
  bool quiet = false;
  bool json = false;
};

struct DqnOptions {
  RunOptions run;
  agents::DqnConfig dqn;
  agents::OffPolicyConfig training;
};

void bind(CLI::App& command, RunOptions& o) {
  command.add_option("--env", o.env, "Environment to learn; see `pavlov list envs`");
  command.add_option("--config", o.config, "TOML file with options by their long names")
      ->configurable(false);
  command.add_option("--out", o.out, "Folder of the run; by default a new one under runs/")
      ->configurable(false);
  command.add_flag("--overwrite", o.overwrite, "Replace a run that is already there")
      ->configurable(false);
  bind_seed(command, o.seed);
  command.add_option("--num_envs", o.num_envs, "Environments stepped together")
      ->capture_default_str();
  command.add_option("--threads", o.threads, "Threads for the environments")
      ->capture_default_str();
  bind_env_options(command, o.env_options);
  command.add_option("--eval_every", o.eval_every, "Steps between evaluations; 0: none")
      ->capture_default_str();
  command.add_option("--eval_episodes", o.eval_episodes, "Greedy episodes per evaluation")
      ->capture_default_str();
  command.add_option("--final_episodes", o.final_episodes,
                     "Greedy episodes of the last evaluation; 0: none")
      ->capture_default_str();
  command.add_flag("--quiet", o.quiet, "Show errors only")->configurable(false);
  command.add_flag("--json", o.json, "End with one JSON object on standard output")
      ->configurable(false);
}

void require(bool holds, const char* name, std::int64_t value, const char* rule) {
  if (!holds) {
    kernels::throw_argument("options",
                            std::string(name) + " " + std::to_string(value) + ": must be " + rule);
  }
}

void validate(const RunOptions& o) {
  checked_seed(o.seed);
  require(o.num_envs >= 1 && o.num_envs <= 1048576, "num_envs", o.num_envs, "in [1, 1048576]");
  require(o.threads >= 1 && o.threads <= 1024, "threads", o.threads, "in [1, 1024]");
  require(o.eval_every >= 0, "eval_every", o.eval_every, "at least 0 (0: none)");
  require(o.eval_episodes >= 1 && o.eval_episodes <= 100000, "eval_episodes", o.eval_episodes,
          "in [1, 100000]");
  require(o.final_episodes >= 0 && o.final_episodes <= 1000000, "final_episodes", o.final_episodes,
          "in [0, 1000000] (0: none)");
}

// Command line over --config over preset over default. Returns what there is to say of the preset.
std::string apply_files(CLI::App& command, RunOptions& o) {
  if (!o.config.empty()) {
    constexpr std::size_t kMostBytes = 1 << 20;
    apply_config(command, nets::read_file(o.config, kMostBytes), o.config);
  }
  if (o.env.empty()) {
    kernels::throw_argument("options", "--env is required; see `pavlov list envs`");
  }
  for (const Preset& preset : presets()) {
    const std::string text(preset.text);
    if (!preset.name.ends_with("_" + o.algorithm) || config_value(text, "env") != o.env) continue;
    apply_config(command, text, "configs/" + std::string(preset.name) + ".toml");
    return fmt::format("preset configs/{}.toml", preset.name);
  }
  return fmt::format("no preset for {} on {}: the algorithm's defaults apply", o.algorithm, o.env);
}

// runs/cartpole-v1_dqn, then runs/cartpole-v1_dqn_2, ...
std::filesystem::path new_run_folder(const RunOptions& o) {
  std::string name;
  for (const char c : o.env) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const std::filesystem::path first = std::filesystem::path("runs") / (name + "_" + o.algorithm);
  std::filesystem::path path = first;
  for (int k = 2; std::filesystem::exists(path); ++k) path = first.string() + "_" + std::to_string(k);
  return path;
}

std::unique_ptr<envs::VecEnv> make_env(const RunOptions& o, std::size_t count) {
  return envs::make(o.env,
                    {.num_envs = count,
                     .autoreset_mode = envs::AutoresetMode::same_step,
                     .threads = static_cast<std::size_t>(o.threads)},
                    parse_env_options(o.env_options));
}

// Evaluates, records and saves on the way; knows the best policy so far.
class RunRecorder {
 public:
  RunRecorder(const RunOptions& options, agents::RunFolder& folder)
      : options_(options),
        folder_(folder),
        eval_env_(make_env(options, static_cast<std::size_t>(options.eval_episodes))),
        progress_(options.quiet) {}

  std::vector<agents::Observer> observers() {
    constexpr std::int64_t kTrainingRecord = 1000;  // steps
    constexpr std::int64_t kProgress = 500;
    std::vector<agents::Observer> result;
    result.push_back({kTrainingRecord, [this](const auto& s) { record_training(s); }});
    if (options_.eval_every > 0) {
      result.push_back({options_.eval_every, [this](const auto& s) { evaluate(s); }});
    }
    result.push_back({kProgress, [this](const auto& s) { show(s); }});
    return result;
  }

  agents::Policy policy_of(const agents::TrainingSnapshot& snapshot) const {
    return policy(snapshot.agent, snapshot.progress.env_steps);
  }
  agents::Policy policy(const agents::Agent& agent, std::int64_t env_steps) const {
    std::map<std::string, std::string> env_options;
    for (const auto& [name, value] : parse_env_options(options_.env_options)) {
      env_options[name] = value;
    }
    return {agent.network().clone(),
            {.env_id = options_.env,
             .env_options = std::move(env_options),
             .algorithm = options_.algorithm,
             .seed = static_cast<std::uint64_t>(options_.seed),
             .env_steps = env_steps}};
  }
  void finish_progress() { progress_.finish(); }
  const std::vector<CurvePoint>& curve() const { return curve_; }
  std::optional<double> threshold() const { return eval_env_->spec().reward_threshold; }
  // Training seconds at the first evaluation at or above the threshold.
  std::optional<double> solved_after() const { return solved_after_; }

 private:
  void record_training(const agents::TrainingSnapshot& s) {
    folder_.record({{"kind", std::string("train")},
                    {"steps", s.progress.env_steps},
                    {"updates", s.progress.updates},
                    {"seconds", s.seconds},
                    {"episodes", s.episodes},
                    {"mean_return", s.mean_return},
                    {"mean_length", s.mean_length},
                    {"loss", s.learn.loss},
                    {"mean_value", s.learn.mean_value},
                    {"gradient_norm", s.learn.gradient_norm},
                    {"exploration", s.exploration}});
  }

  void evaluate(const agents::TrainingSnapshot& s) {
    agents::Policy policy = policy_of(s);
    const agents::Evaluation result =
        agents::evaluate(policy, *eval_env_, static_cast<std::size_t>(options_.eval_episodes),
                         agents::kPeriodicEvaluationSeed);
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"kind", std::string("evaluation")},
        {"steps", s.progress.env_steps},
        {"updates", s.progress.updates},
        {"seconds", s.seconds}};
    std::ranges::copy(agents::evaluation_record(result), std::back_inserter(record));
    record.emplace_back("returns", result.returns);
    folder_.record(record);
    curve_.push_back({s.progress.env_steps, result.mean(), result.min(), result.max()});
    if (threshold() && result.mean() >= *threshold() && !solved_after_) solved_after_ = s.seconds;
    if (result.mean() > best_) {
      best_ = result.mean();
      folder_.save_best(policy);
    }
  }

  void show(const agents::TrainingSnapshot& s) {
    progress_.show({.steps = s.progress.env_steps,
                    .total_steps = s.progress.total_steps,
                    .mean_return = s.mean_return,
                    .evaluation = curve_.empty() ? std::numeric_limits<double>::quiet_NaN()
                                                 : curve_.back().mean});
  }

  const RunOptions& options_;
  agents::RunFolder& folder_;
  std::unique_ptr<envs::VecEnv> eval_env_;
  Progress progress_;
  std::vector<CurvePoint> curve_;
  double best_ = -std::numeric_limits<double>::infinity();
  std::optional<double> solved_after_;
};

void save_picture(const RunOptions& o, const RunRecorder& recorder, const std::filesystem::path& path) {
  const std::string title = fmt::format("{} on {}, seed {}: mean and range of {} greedy episodes",
                                        o.algorithm, o.env, o.seed, o.eval_episodes);
  nets::write_file_atomically(
      path / "learning_curve.svg",
      std::string_view(learning_curve_svg(title, recorder.curve(), recorder.threshold())));
}

void report(const RunOptions& o, const std::filesystem::path& path, const RunRecorder& recorder,
            const agents::TrainingResult& result, const std::optional<agents::Evaluation>& final) {
  if (o.json) {
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"run", path.string()},
        {"env", o.env},
        {"algorithm", o.algorithm},
        {"seed", o.seed},
        {"steps", result.progress.env_steps},
        {"updates", result.progress.updates},
        {"seconds", result.seconds},
        {"solved_after_seconds",
         recorder.solved_after().value_or(std::numeric_limits<double>::quiet_NaN())},
        {"interrupted", result.interrupted}};
    if (final) std::ranges::copy(agents::evaluation_record(*final), std::back_inserter(record));
    fmt::print("{}\n", agents::json_line(record));
    return;
  }
  if (o.quiet) return;
  fmt::print("trained {} steps with {} updates in {:.2f} s\n", result.progress.env_steps,
             result.progress.updates, result.seconds);
  if (recorder.solved_after()) {
    fmt::print("first evaluation at or above {:g} after {:.2f} s of training\n",
               *recorder.threshold(), *recorder.solved_after());
  }
  if (final) {
    fmt::print("last policy: mean return {:.2f} over {} greedy episodes (min {:.0f}, max {:.0f})",
               final->mean(), final->returns.size(), final->min(), final->max());
    if (const auto threshold = recorder.threshold()) {
      fmt::print("{}", final->mean() >= *threshold ? ": solved" : ": not solved");
    }
    fmt::print("\n");
  }
  fmt::print("run: {}/ (config.toml, metrics.jsonl, learning_curve.svg, last.safetensors, "
             "best.safetensors)\n", path.string());
  fmt::print("next: pavlov evaluate {} --episodes 100\n", path.string());
}

int train_dqn(CLI::App& command, DqnOptions& options) {
  RunOptions& o = options.run;
  const std::string preset = apply_files(command, o);
  validate(o);
  agents::validate(options.dqn);
  agents::validate(options.training);
  const std::atomic<bool>& stop = catch_interrupts();
  const std::uint64_t seed = checked_seed(o.seed);

  const std::unique_ptr<envs::VecEnv> env = make_env(o, static_cast<std::size_t>(o.num_envs));
  const envs::EnvSpec& spec = env->spec();
  const auto* actions = std::get_if<envs::Discrete>(&spec.action_space);
  if (actions == nullptr) {
    kernels::throw_argument("train", o.env + " has continuous actions: dqn needs discrete ones");
  }
  agents::Dqn agent(options.dqn, spec.observation_space.size(),
                    static_cast<std::size_t>(actions->n), seed);
  replay::ReplayBuffer replay(options.training.buffer_size, spec.observation_space.size());

  const std::filesystem::path path =
      o.out.empty() ? new_run_folder(o) : std::filesystem::path(o.out);
  agents::RunFolder folder(path, resolved_config(command), o.overwrite);
  folder.record({{"kind", std::string("run")},
                 {"version", std::string(version())},
                 {"algorithm", o.algorithm},
                 {"env", o.env},
                 {"seed", o.seed},
                 {"simd", std::string(kernels::simd_target())}});
  RunRecorder recorder(o, folder);
  if (!o.quiet) spdlog::info("{} on {}, seed {}, {}", o.algorithm, o.env, o.seed, preset);
  const std::vector<agents::Observer> observers = recorder.observers();
  const agents::TrainingResult result =
      agents::train_off_policy(*env, agent, replay, options.training, seed, observers, &stop);
  recorder.finish_progress();

  agents::Policy policy = recorder.policy(agent, result.progress.env_steps);
  folder.save_last(policy);
  std::optional<agents::Evaluation> final;
  if (!result.interrupted && o.final_episodes > 0) {
    const auto episodes = static_cast<std::size_t>(o.final_episodes);
    const std::unique_ptr<envs::VecEnv> final_env =
        make_env(o, std::min<std::size_t>(episodes, 256));
    final = agents::evaluate(policy, *final_env, episodes, agents::kFinalEvaluationSeed);
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"kind", std::string("final")}, {"steps", result.progress.env_steps}};
    std::ranges::copy(agents::evaluation_record(*final), std::back_inserter(record));
    folder.record(record);
  }
  save_picture(o, recorder, path);
  if (result.interrupted && !o.quiet) {
    spdlog::warn("interrupted at step {}: everything is saved in {}", result.progress.env_steps,
                 path.string());
  }
  report(o, path, recorder, result, final);
  return result.interrupted ? kInterruptedStatus : 0;
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
    bind(*command, options->run);
    bind(*command, options->training);
    bind(*command, options->dqn);
    command->callback(
        [command, options, &status] { status = train_dqn(*command, *options); });
  }
}

}  // namespace pavlov::apps
