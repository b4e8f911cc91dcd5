// pavlov evaluate RUN|POLICY: greedy episodes of a trained policy.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/saved_policy.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

struct EvaluateOptions {
  std::string source;
  std::string policy = "last";
  std::int64_t episodes = 100;
  std::optional<std::int64_t> seed;
  std::int64_t threads = 1;
  std::vector<std::string> env_options;
  bool json = false;
};

void evaluate(const EvaluateOptions& options) {
  constexpr std::int64_t kMostEpisodes = 1000000;
  constexpr std::size_t kMostAtOnce = 256;
  if (options.episodes < 1 || options.episodes > kMostEpisodes) {
    kernels::throw_argument(
        "evaluate", "episodes " + std::to_string(options.episodes) + ": must be in [1, 1000000]");
  }
  if (options.threads < 1 || options.threads > 1024) {
    kernels::throw_argument(
        "evaluate", "threads " + std::to_string(options.threads) + ": must be in [1, 1024]");
  }
  const std::filesystem::path file = find_policy(options.source, options.policy);
  agents::Policy policy = agents::Policy::load(file);
  const auto episodes = static_cast<std::size_t>(options.episodes);
  const std::uint64_t seed =
      options.seed ? checked_seed(*options.seed) : agents::kFinalEvaluationSeed;
  const std::unique_ptr<envs::VecEnv> env =
      envs::make(policy.origin().env_id,
                 {.num_envs = std::min(episodes, kMostAtOnce),
                  .autoreset_mode = envs::AutoresetMode::same_step,
                  .threads = static_cast<std::size_t>(options.threads)},
                 merged_options(policy.origin(), options.env_options));
  const agents::Evaluation result = agents::evaluate(policy, *env, episodes, seed);
  const bool from_run = std::filesystem::is_directory(options.source);
  if (options.json) {
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"env", policy.origin().env_id}, {"policy", from_run ? options.policy : file.string()}};
    std::ranges::copy(agents::evaluation_record(result), std::back_inserter(record));
    fmt::print("{}\n", agents::json_line(record));
    return;
  }
  fmt::print("{}: {} policy of {:L} steps on {}\n", options.source, policy.origin().algorithm,
             policy.origin().env_steps, policy.origin().env_id);
  fmt::print("mean return {:.2f} over {} greedy episodes (std {:.2f}, min {:.2f}, max {:.2f})\n",
             result.mean(), episodes, result.std(), result.min(), result.max());
  fmt::print("mean length {:.1f} steps\n", result.length_mean());
  if (const auto threshold = env->spec().reward_threshold) {
    fmt::print("solved at {:g}: {}\n", *threshold, result.mean() >= *threshold ? "yes" : "no");
  }
}

}  // namespace

void add_evaluate_command(CLI::App& program, int&) {
  CLI::App* command =
      program.add_subcommand("evaluate", "Play greedy episodes of a trained policy");
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("run", options->source, "A run's folder, or a policy file")->required();
  command->add_option("--policy", options->policy, "Which policy of the run: last or best")
      ->capture_default_str();
  command->add_option("--episodes", options->episodes, "Episodes to play")->capture_default_str();
  command->add_option("--seed", options->seed,
                      "Seed of the first episode, in [0, 2^32); by default seeds that no training "
                      "sees");
  command->add_option("--threads", options->threads, "Threads for the environments")
      ->capture_default_str();
  bind_env_options(*command, options->env_options);
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->callback([options] { evaluate(*options); });
}

}  // namespace pavlov::apps
