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
#include "pavlov/agents/rounded_policy.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/saved_policy.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/nets/rounded_mlp.h"

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
  bool bf16 = false;
  bool json = false;
};

// What a policy of rounded weights loses, beside what the policy reaches.
struct RoundedResult {
  std::string key;    // "int8"
  std::string words;  // "weights of 8 bits"
  agents::PolicyComparison comparison;
  std::size_t bytes = 0;  // of its parameters
};

RoundedResult evaluate_rounded(const char* key, const char* words, agents::Policy rounded,
                               agents::Policy& policy, envs::VecEnv& env, std::size_t episodes,
                               std::uint64_t seed) {
  const auto& network = dynamic_cast<const nets::RoundedMlp&>(rounded.network());
  const std::size_t bytes = network.parameter_bytes();
  return {key, words, agents::compare(policy, rounded, env, episodes, seed), bytes};
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
  std::vector<RoundedResult> rounded;
  if (options.int8) {
    rounded.push_back(evaluate_rounded("int8", "weights of 8 bits", agents::to_int8(policy), policy,
                                       *env, episodes, seed));
  }
  if (options.bf16) {
    rounded.push_back(evaluate_rounded("bf16", "bfloat16 weights", agents::to_bf16(policy), policy,
                                       *env, episodes, seed));
  }
  const agents::Evaluation result = rounded.empty() ? agents::evaluate(policy, *env, episodes, seed)
                                                    : rounded.front().comparison.reference;
  const std::size_t bytes = policy.network().parameters().count() * sizeof(float);
  const bool from_run = std::filesystem::is_directory(options.source);
  if (options.json) {
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"env", policy.origin().env_id}, {"policy", from_run ? options.policy : file.string()}};
    std::ranges::copy(agents::evaluation_record(result), std::back_inserter(record));
    for (const RoundedResult& r : rounded) {
      const agents::PolicyComparison& c = r.comparison;
      record.insert(record.end(),
                    {{r.key + "_mean", c.other.mean()},
                     {r.key + "_return_difference", c.return_difference()},
                     {r.key + "_same_actions", c.same_actions},
                     {r.key + "_action_difference", c.action_difference},
                     {r.key + "_parameter_bytes", static_cast<std::int64_t>(r.bytes)}});
    }
    if (!rounded.empty()) record.emplace_back("parameter_bytes", static_cast<std::int64_t>(bytes));
    fmt::print("{}\n", agents::json_line(record));
    return;
  }
  fmt::print("{}: {} policy of {:L} steps on {}\n", options.source, policy.origin().algorithm,
             policy.origin().env_steps, policy.origin().env_id);
  fmt::print("mean return {:.2f} over {} greedy episodes (std {:.2f}, min {:.2f}, max {:.2f})\n",
             result.mean(), episodes, result.std(), result.min(), result.max());
  fmt::print("mean length {:.1f} steps\n", result.length_mean());
  for (const RoundedResult& r : rounded) {
    const agents::PolicyComparison& c = r.comparison;
    fmt::print("with {}: mean return {:.2f} ({:+.2f}), {}; {:L} bytes in place of {:L}\n", r.words,
               c.other.mean(), c.return_difference(),
               agreement_text(c, policy.action_head().continuous()), r.bytes, bytes);
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
  command->add_flag("--bf16", options->bf16, "The same with weights rounded to bfloat16");
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->callback([options] { evaluate(*options); });
}

}  // namespace pavlov::apps
