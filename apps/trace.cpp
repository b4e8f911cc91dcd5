// pavlov trace: replays recorded actions, or records episodes of a policy, as a table of steps.
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "pavlov/apps/action_file.h"
#include "pavlov/apps/action_source.h"
#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/saved_policy.h"
#include "pavlov/apps/text_output.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

struct TraceOptions {
  std::string env;
  std::int64_t seed = 0;
  std::string actions;
  std::string policy;
  std::optional<std::int64_t> episodes;
  std::string out = "-";
  std::string actions_out;
  std::vector<std::string> env_options;
};

// Writes the tables of one command.
class Tables {
 public:
  // `numbered`: the first column counts episodes.
  Tables(const TraceOptions& options, const envs::EnvSpec& spec, bool numbered)
      : space_(spec.action_space), numbered_(numbered), steps_(options.out) {
    if (!options.actions_out.empty()) {
      actions_.emplace(options.actions_out);
      actions_->write(action_header(space_, numbered));
    }
    text_ = numbered ? "episode,step" : "step";
    for (std::size_t k = 0; k < spec.observation_space.size(); ++k) {
      text_ += ",obs" + std::to_string(k);
    }
    text_ += ",reward,terminated,truncated\n";
  }

  void add_step(std::int64_t episode, std::int64_t step, std::span<const float> observation,
                double reward, bool terminated, bool truncated) {
    char word[64];
    if (numbered_) text_ += std::to_string(episode) + ",";
    text_ += std::to_string(step);
    for (const float value : observation) {
      std::snprintf(word, sizeof(word), ",%.9g", static_cast<double>(value));
      text_ += word;
    }
    std::snprintf(word, sizeof(word), ",%.17g,%d,%d\n", reward, terminated, truncated);
    text_ += word;
    constexpr std::size_t kChunk = 1 << 16;  // bytes
    if (text_.size() >= kChunk) flush();
  }

  void add_action(std::int64_t episode, const EnvAction& action) {
    if (!actions_) return;
    action_text_ += action_row(action, space_, numbered_ ? std::optional(episode) : std::nullopt);
  }

  // Both files or none.
  void finish() {
    flush();
    if (actions_) actions_->flush();
    steps_.flush();
    if (actions_) actions_->finish();
    steps_.finish();
  }

 private:
  void flush() {
    steps_.write(text_);
    text_.clear();
    if (actions_) actions_->write(action_text_);
    action_text_.clear();
  }

  const envs::Space space_;
  const bool numbered_;
  TextOutput steps_;
  std::optional<TextOutput> actions_;
  std::string text_;
  std::string action_text_;
};

// Thrown by the first Ctrl-C: unfinished files are removed on the way out.
struct Interrupted {};

// Plays one episode, to its end or to that of the actions; returns the number of steps. The
// environment is in disabled mode: the last row is the observation in which the episode ended.
std::int64_t play(envs::VecEnv& env, ActionSource& source, std::uint64_t seed, std::int64_t episode,
                  const std::atomic<bool>& stop, Tables& tables) {
  envs::ConstMatrixView observation = env.reset(seed);
  tables.add_step(episode, 0, observation.row(0), 0.0, false, false);
  source.start(seed);
  EnvAction action;
  bool ended = false;
  std::int64_t step = 0;
  while (!ended && source.next(observation.row(0), action)) {
    if (stop) throw Interrupted();
    const envs::StepView result = env.step(action.view(env.spec().action_space));
    observation = result.observation;
    ended = result.terminated[0] != 0 || result.truncated[0] != 0;
    tables.add_action(episode, action);
    tables.add_step(episode, ++step, observation.row(0), result.reward[0],
                    result.terminated[0] != 0, result.truncated[0] != 0);
  }
  return step;
}

std::unique_ptr<envs::VecEnv> make_env(const std::string& id,
                                       const std::vector<envs::EnvOption>& options) {
  if (id.empty()) kernels::throw_argument("trace", "--env is required; see `pavlov list envs`");
  return envs::make(id, {.num_envs = 1, .autoreset_mode = envs::AutoresetMode::disabled}, options);
}

bool is_word(const std::string& policy) { return policy == "random" || policy == "heuristic"; }

// The file that the command reads, actions or a saved policy; empty where it needs none. Throws
// std::runtime_error where the policy does not exist.
std::string file_to_read(const TraceOptions& o) {
  if (o.actions == "-") return "/dev/stdin";
  if (!o.actions.empty()) return o.actions;
  if (is_word(o.policy)) return "";
  return find_policy(o.policy, "last", ", nor random or heuristic").string();
}

void replay(const TraceOptions& o) {
  const auto env = make_env(o.env, parse_env_options(o.env_options));
  constexpr std::size_t kMostBytes = std::size_t{1} << 28;
  const std::string name = o.actions == "-" ? "standard input" : o.actions;
  const ActionFile file =
      parse_actions(nets::read_file(file_to_read(o), kMostBytes), name, env->spec());
  const std::atomic<bool>& stop = catch_interrupts();
  Tables tables(o, env->spec(), file.numbered);
  std::size_t left_over = 0;
  for (const EpisodeActions& actions : file.episodes) {
    const auto source = make_recorded(actions, env->spec().action_space);
    const auto seed = static_cast<std::uint64_t>(o.seed + actions.episode);
    const std::int64_t steps = play(*env, *source, seed, actions.episode, stop, tables);
    left_over += actions.steps - static_cast<std::size_t>(steps);
  }
  tables.finish();
  if (left_over > 0) {
    spdlog::warn("{}: {} action{} left over after the end of {}", name, left_over,
                 left_over == 1 ? "" : "s",
                 file.episodes.size() == 1 ? "the episode" : "their episodes");
  }
}

// The environment and the source of its actions, for one of the words or a saved policy.
std::pair<std::unique_ptr<envs::VecEnv>, std::unique_ptr<ActionSource>> make_player(
    const TraceOptions& o) {
  if (is_word(o.policy)) {
    auto env = make_env(o.env, parse_env_options(o.env_options));
    auto source = o.policy == "random" ? make_random(env->spec()) : make_heuristic(env->spec());
    return {std::move(env), std::move(source)};
  }
  agents::Policy policy = agents::Policy::load(file_to_read(o));
  const agents::PolicyOrigin& origin = policy.origin();
  const bool at_home = o.env.empty() || o.env == origin.env_id;
  auto env =
      make_env(at_home ? origin.env_id : o.env,
               at_home ? merged_options(origin, o.env_options) : parse_env_options(o.env_options));
  auto source = make_greedy(std::move(policy), env->spec());
  return {std::move(env), std::move(source)};
}

void record(const TraceOptions& o) {
  const std::int64_t episodes = o.episodes.value_or(1);
  constexpr std::int64_t kMostEpisodes = 1000000;
  kernels::require(episodes >= 1 && episodes <= kMostEpisodes, "trace", "episodes", episodes,
                   "in [1, 1000000]");
  const auto [env, source] = make_player(o);
  const std::atomic<bool>& stop = catch_interrupts();
  Tables tables(o, env->spec(), episodes > 1);
  for (std::int64_t k = 0; k < episodes; ++k) {
    play(*env, *source, static_cast<std::uint64_t>(o.seed + k), k, stop, tables);
  }
  tables.finish();
}

// Whether two names mean one file, which need not exist yet.
bool same_file(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  if (a.empty() || b.empty()) return false;
  if (a == "-" || b == "-") return a == b;
  std::error_code unknown;
  if (a == b || fs::equivalent(a, b, unknown)) return true;
  const auto whole = [&](const fs::path& path) {
    return fs::weakly_canonical(fs::absolute(path, unknown), unknown);
  };
  const fs::path first = whole(a), second = whole(b);
  return !unknown && first == second;
}

// No output may replace what is read or the other output.
void check_files(const TraceOptions& o) {
  const std::string input = file_to_read(o);
  if (same_file(input, o.out) || same_file(o.actions_out, o.out)) {
    kernels::throw_argument("trace", "the table of steps needs a file of its own: " + o.out);
  }
  if (same_file(input, o.actions_out)) {
    kernels::throw_argument("trace", "the actions need a file of their own: " + o.actions_out);
  }
}

void trace(const TraceOptions& o) {
  constexpr std::int64_t kMostSeed = std::int64_t{1} << 62;
  kernels::require(o.seed >= 0 && o.seed < kMostSeed, "trace", "seed", o.seed, "in [0, 2^62)");
  if (o.actions.empty() == o.policy.empty()) {
    kernels::throw_argument("trace", "give either --actions to replay or --policy to record");
  }
  if (!o.actions.empty() && (o.episodes || !o.actions_out.empty())) {
    kernels::throw_argument("trace", "--episodes and --actions_out go with --policy");
  }
  check_files(o);
  o.actions.empty() ? record(o) : replay(o);
}

void check_named(const CLI::App& command, const std::string& option, const std::string& value) {
  if (!value.empty() || command.get_option(option)->count() == 0) return;
  kernels::throw_argument("trace", option + " '': must not be empty");
}

constexpr const char* kFiles =
    "Examples:\n"
    "  pavlov trace --env CartPole-v1 --seed 3 --actions actions.csv --out steps.csv\n"
    "  pavlov trace --env CartPole-v1 --policy random --episodes 10 --actions_out actions.csv\n"
    "\n"
    "The table is CSV: step, obs0, obs1, ... (%.9g), reward (%.17g), terminated, truncated. Row 0\n"
    "is the reset. It ends with the episode, or with the actions.\n"
    "\n"
    "Action files hold one row per step: an integer, or a number for each dimension; a header "
    "line\n"
    "is optional. With several episodes both files have a first column `episode`, from 0 on;\n"
    "episode k starts from seed + k. A file to replay names that column in its header line.\n";

}  // namespace

void add_trace_command(CLI::App& program, int& status) {
  CLI::App* command = program.add_subcommand(
      "trace", "Replay recorded actions, or record episodes, as a table of steps");
  command->footer(kFiles);
  auto o = std::make_shared<TraceOptions>();
  command->add_option("--env", o->env, "Environment; a saved policy brings its own");
  command->add_option("--seed", o->seed, "Seed of the first episode, in [0, 2^62)")
      ->capture_default_str();
  command->add_option("--actions", o->actions, "Action file to replay; -: standard input");
  command->add_option("--policy", o->policy,
                      "Who acts: random (uniform, from the episode's seed), heuristic (where the "
                      "environment has one), or a run's folder or policy file (greedy)");
  command->add_option("--episodes", o->episodes, "Episodes to record; 1 by default");
  command->add_option("--out", o->out, "File of the table; -: standard output")
      ->capture_default_str();
  command->add_option("--actions_out", o->actions_out, "Action file to write, to be replayed");
  bind_env_options(*command, o->env_options);
  command->callback([o, command, &status] {
    check_named(*command, "--actions", o->actions);
    check_named(*command, "--policy", o->policy);
    check_named(*command, "--out", o->out);
    check_named(*command, "--actions_out", o->actions_out);
    try {
      trace(*o);
    } catch (const Interrupted&) {
      spdlog::warn("interrupted: no file is written");
      status = kInterruptedStatus;
    }
  });
}

}  // namespace pavlov::apps
