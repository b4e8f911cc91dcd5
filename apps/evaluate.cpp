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
#include "pavlov/agents/int8_policy.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/saved_policy.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/nets/int8_mlp.h"

namespace pavlov::apps {
namespace {

struct EvaluateOptions {
  std::string source;
  std::string policy = "last";
  std::int64_t episodes = 100;
  std::optional<std::int64_t> seed;
  std::int64_t threads = 1;
  std::vector<std::string> env_options;
  bool int8 = false;
  bool json = false;
};

// What a policy of 8-bit weights loses, beside what `policy` reaches.
struct Int8Result {
  agents::PolicyComparison comparison;
  std::size_t bytes = 0;        // of its parameters
  std::size_t bytes_of_32 = 0;  // of those of the policy
};

Int8Result evaluate_int8(agents::Policy& policy, envs::VecEnv& env, std::size_t episodes,
                         std::uint64_t seed) {
  agents::Policy rounded = agents::to_int8(policy);
  const auto& network = dynamic_cast<const nets::Int8Mlp&>(rounded.network());
  return {agents::compare(policy, rounded, env, episodes, seed), network.parameter_bytes(),
          policy.network().parameters().count() * sizeof(float)};
}

// "99.31 % of the actions are the same" or "actions differ by 0.0012 in the mean".
std::string agreement_text(const agents::PolicyComparison& comparison, bool continuous) {
  return continuous
             ? fmt::format("actions differ by {:.3g} in the mean", comparison.action_difference)
             : fmt::format("{:.2f} % of the actions are the same", 100.0 * comparison.same_actions);
}

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
  std::optional<Int8Result> int8;
  if (options.int8) int8 = evaluate_int8(policy, *env, episodes, seed);
  const agents::Evaluation result =
      int8 ? int8->comparison.reference : agents::evaluate(policy, *env, episodes, seed);
  const bool from_run = std::filesystem::is_directory(options.source);
  if (options.json) {
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"env", policy.origin().env_id}, {"policy", from_run ? options.policy : file.string()}};
    std::ranges::copy(agents::evaluation_record(result), std::back_inserter(record));
    if (int8) {
      const agents::PolicyComparison& c = int8->comparison;
      record.insert(record.end(),
                    {{"int8_mean", c.other.mean()},
                     {"int8_return_difference", c.return_difference()},
                     {"int8_same_actions", c.same_actions},
                     {"int8_action_difference", c.action_difference},
                     {"int8_parameter_bytes", static_cast<std::int64_t>(int8->bytes)},
                     {"parameter_bytes", static_cast<std::int64_t>(int8->bytes_of_32)}});
    }
    fmt::print("{}\n", agents::json_line(record));
    return;
  }
  fmt::print("{}: {} policy of {:L} steps on {}\n", options.source, policy.origin().algorithm,
             policy.origin().env_steps, policy.origin().env_id);
  fmt::print("mean return {:.2f} over {} greedy episodes (std {:.2f}, min {:.2f}, max {:.2f})\n",
             result.mean(), episodes, result.std(), result.min(), result.max());
  fmt::print("mean length {:.1f} steps\n", result.length_mean());
  if (int8) {
    const agents::PolicyComparison& c = int8->comparison;
    fmt::print(
        "with weights of 8 bits: mean return {:.2f} ({:+.2f}), {}; {:L} bytes in place of "
        "{:L}\n",
        c.other.mean(), c.return_difference(), agreement_text(c, policy.action_head().continuous()),
        int8->bytes, int8->bytes_of_32);
  }
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
  command->add_flag("--int8", options->int8,
                    "Play with weights rounded to 8 bits as well, and show what is lost");
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->callback([options] { evaluate(*options); });
}

}  // namespace pavlov::apps
