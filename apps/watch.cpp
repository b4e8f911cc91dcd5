// pavlov watch: shows saved policies, recorded episodes, or lets you play.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

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
#include "pavlov/apps/action_file.h"
#include "pavlov/apps/action_source.h"
#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/saved_policy.h"
#include "pavlov/apps/show_options.h"
#include "pavlov/apps/viewer/human_stage.h"
#include "pavlov/apps/viewer/labels.h"
#include "pavlov/apps/viewer/policy_stage.h"
#include "pavlov/apps/viewer/show.h"
#include "pavlov/apps/viewer/trace_stage.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

struct WatchOptions {
  std::string source;
  std::string policy = "last";
  std::string env;
  std::string actions;
  bool human = false;
  std::int64_t num_envs = 4;
  std::optional<std::int64_t> seed;
  std::vector<std::string> env_options;
  std::string record;
  double seconds = 0.0;
  std::string size = "1280x720";
  double scale = 0.0;
  std::string theme = "dark";
};

std::unique_ptr<envs::VecEnv> make_env(const std::string& id, std::size_t count,
                                       const std::vector<envs::EnvOption>& options) {
  return envs::make(id, {.num_envs = count, .autoreset_mode = envs::AutoresetMode::disabled},
                    options);
}

std::shared_ptr<agents::Policy> load(const std::filesystem::path& path) {
  return std::make_shared<agents::Policy>(agents::Policy::load(path));
}

// The policies of a run in the order of its training, and which of them was asked for.
std::pair<std::vector<Version>, std::size_t> versions_of(const WatchOptions& o) {
  const std::filesystem::path file = find_policy(o.source, o.policy);
  std::vector<Version> versions;
  const auto named = [](std::shared_ptr<agents::Policy> policy) {
    const std::int64_t steps = policy->origin().env_steps;
    return Version{"step " + grouped(steps), std::move(policy)};
  };
  if (std::filesystem::is_directory(o.source)) {
    for (const auto& path : agents::saved_policies(o.source)) versions.push_back(named(load(path)));
  }
  const Version asked = named(load(file));
  const auto same = std::ranges::find_if(versions, [&](const Version& version) {
    return version.policy->origin().env_steps == asked.policy->origin().env_steps;
  });
  if (same != versions.end()) {
    return {versions, static_cast<std::size_t>(same - versions.begin())};
  }
  const auto later = std::ranges::find_if(versions, [&](const Version& version) {
    return version.policy->origin().env_steps > asked.policy->origin().env_steps;
  });
  const auto index = static_cast<std::size_t>(later - versions.begin());
  versions.insert(later, asked);
  return {std::move(versions), index};
}

// A policy's environment, or the one of --env, which must fit.
std::string env_of(const WatchOptions& o, const agents::Policy& policy) {
  return o.env.empty() ? policy.origin().env_id : o.env;
}

std::vector<envs::EnvOption> options_of(const WatchOptions& o, const agents::Policy& policy) {
  const bool at_home = o.env.empty() || o.env == policy.origin().env_id;
  return at_home ? merged_options(policy.origin(), o.env_options)
                 : parse_env_options(o.env_options);
}

std::uint64_t seed_of(const WatchOptions& o) {
  return o.seed ? checked_seed(*o.seed) : agents::kFinalEvaluationSeed;
}

std::unique_ptr<Stage> trace_stage(const WatchOptions& o) {
  if (o.env.empty()) {
    kernels::throw_argument("watch", "--env is required with --actions; see `pavlov list envs`");
  }
  const auto env = make_env(o.env, 1, parse_env_options(o.env_options));
  constexpr std::size_t kMostBytes = std::size_t{1} << 28;
  const ActionFile file =
      parse_actions(nets::read_file(o.actions, kMostBytes), o.actions, env->spec());
  const EpisodeActions& episode = file.episodes.front();
  if (file.episodes.size() > 1) {
    spdlog::info("{} holds {} episodes: this is the first", o.actions, file.episodes.size());
  }
  constexpr std::int64_t kMostSeed = std::int64_t{1} << 62;
  const std::int64_t seed = o.seed.value_or(0);
  kernels::require(seed >= 0 && seed < kMostSeed, "watch", "seed", seed, "in [0, 2^62)");
  const envs::Space& space = env->spec().action_space;
  const auto actions = make_recorded(episode, space);
  EnvAction action;
  const auto next = [&](envs::ActionView& view) {
    if (!actions->next({}, action)) return false;
    view = action.view(space);
    return true;
  };
  const auto first = static_cast<std::uint64_t>(seed + episode.episode);
  return std::make_unique<TraceStage>(*env, next, first, "seed " + std::to_string(first));
}

std::unique_ptr<Stage> human_stage(const WatchOptions& o) {
  std::shared_ptr<agents::Policy> policy;
  if (!o.source.empty()) policy = load(find_policy(o.source, o.policy));
  if (policy == nullptr && o.env.empty()) {
    kernels::throw_argument("watch", "--human needs --env ID, or a policy to play beside you");
  }
  const std::string id = policy == nullptr ? o.env : env_of(o, *policy);
  const auto options =
      policy == nullptr ? parse_env_options(o.env_options) : options_of(o, *policy);
  const std::uint64_t seed = o.seed ? checked_seed(*o.seed) : 1;
  return std::make_unique<HumanStage>(make_env(id, 1, options), make_env(id, 1, options),
                                      std::move(policy), seed);
}

std::unique_ptr<Stage> policy_stage(const WatchOptions& o) {
  kernels::require(o.num_envs >= 1 && o.num_envs <= 64, "watch", "num_envs", o.num_envs,
                   "in [1, 64]");
  auto [versions, shown] = versions_of(o);
  const agents::Policy& policy = *versions[shown].policy;
  auto env =
      make_env(env_of(o, policy), static_cast<std::size_t>(o.num_envs), options_of(o, policy));
  return std::make_unique<PolicyStage>(std::move(versions), shown, std::move(env), seed_of(o));
}

std::unique_ptr<Stage> make_stage(const WatchOptions& o) {
  if (!o.actions.empty() && (o.human || !o.source.empty())) {
    kernels::throw_argument("watch", "--actions goes with --env, not with a policy or --human");
  }
  if (!o.actions.empty()) return trace_stage(o);
  if (o.human) return human_stage(o);
  if (o.source.empty()) {
    kernels::throw_argument("watch",
                            "name a run or policy file, or give --actions FILE or --human");
  }
  return policy_stage(o);
}

void watch(const WatchOptions& o) {
  constexpr double kFilm = 20.0;  // seconds
  ShowOptions show = show_options(o.size, o.theme, o.scale);
  if (!o.record.empty()) check_film(o.record);
  kernels::require(o.seconds >= 0.0 && o.seconds <= 86400.0, "watch", "seconds", o.seconds,
                   "in [0, 86400] (0: until it is closed)");
  show.seconds = o.seconds;
  const std::unique_ptr<Stage> stage = make_stage(o);
  const std::atomic<bool>& stop = catch_interrupts();
  show.stop = [&stop] { return stop.load(); };
  if (o.record.empty()) {
    run_in_window(*stage, show);
    return;
  }
  if (o.human) kernels::throw_argument("watch", "--human needs a window: record it with key r");
  show.record = o.record;
  if (show.seconds <= 0.0) show.seconds = kFilm;
  const Film film = run_without_window(*stage, show, false);
  fmt::print("saved {:.3g} s in {}\n", film.seconds, film.path.string());
}

constexpr const char* kExamples =
    "Examples:\n"
    "  pavlov watch runs/cartpole-v1_dqn                     the policy at the end of a run\n"
    "  pavlov watch runs/cartpole-v1_dqn --record film.mp4   a film, without a display too\n"
    "  pavlov watch --actions actions.csv --env CartPole-v1 --seed 3\n"
    "  pavlov watch runs/lunarlander-v3_dqn --human          play against it\n"
    "\n"
    "Keys: h shows them all.\n";

}  // namespace

void add_watch_command(CLI::App& program, int&) {
  CLI::App* command = program.add_subcommand(
      "watch", "Show a policy, a run's history or a recorded episode, or play yourself");
  command->footer(kExamples);
  auto o = std::make_shared<WatchOptions>();
  command->add_option("run", o->source, "A run's folder, or a policy file");
  command->add_option("--policy", o->policy, "Which policy of the run comes first: last or best")
      ->capture_default_str();
  command->add_option("--env", o->env, "Environment; a policy brings its own");
  command->add_option("--actions", o->actions, "Action file of `pavlov trace` to play");
  command->add_flag("--human", o->human, "Play yourself, beside the policy where one is given");
  command->add_option("--num_envs", o->num_envs, "Environments to show, in [1, 64]")
      ->capture_default_str();
  command->add_option("--seed", o->seed, "Seed of the first episode");
  bind_env_options(*command, o->env_options);
  command->add_option("--record", o->record,
                      "Film to make, without a window: .mp4, .gif, or a folder for PNG files");
  command->add_option("--seconds", o->seconds, "Length of the show; 20 for films");
  command->add_option("--size", o->size, "Size of window or film")->capture_default_str();
  command
      ->add_option("--scale", o->scale,
                   "Pixels per unit of that size; 0: what the screen asks for, 1 in films")
      ->capture_default_str();
  command->add_option("--theme", o->theme, "dark or light")->capture_default_str();
  command->callback([o] { watch(*o); });
}

}  // namespace pavlov::apps
