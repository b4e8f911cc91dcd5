// pavlov train dqn ... rainbow: the ladder of algorithms that learn action values from replay.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <variant>

#include "pavlov/agents/dqn_device.h"
#include "pavlov/agents/ladder.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/training_run.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

struct DqnOptions {
  RunOptions run;
  agents::DqnConfig dqn;
  agents::OffPolicyConfig training;
  agents::DeviceChoice device = agents::DeviceChoice::cpu;
};

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
  LiveView view(o, options.training.total_steps);
  const std::unique_ptr<envs::VecEnv> env =
      view.watch(make_env(o, static_cast<std::size_t>(o.num_envs)));
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
  replay::Replay replay(replay_config, spec.observation_space.size());
  return run_training(
      {.command = command,
       .options = o,
       .preset = preset,
       .agent = agent,
       .device = {.name = kernels::device_name(made.device),
                  .reason = made.reason,
                  .asked_for = options.device != agents::DeviceChoice::cpu},
       .train =
           [&](std::span<const agents::Observer> observers, const std::atomic<bool>* stop) {
             return agents::train_off_policy(*env, agent, replay, options.training, seed, observers,
                                             stop);
           },
       .view = view});
}

}  // namespace

void add_dqn_options(CLI::App& command, const std::string& name, int& status) {
  auto options = std::make_shared<DqnOptions>();
  options->run.algorithm = name;
  agents::find_rung(name).set(options->dqn, options->training);
  bind(command, options->run);
  bind(command, options->training);
  bind_device(command, options->device);
  bind(command, options->dqn);
  command.callback([&command, options, &status] { status = train_dqn(command, *options); });
}

}  // namespace pavlov::apps
