// pavlov train ppo|a2c|reinforce: policy gradient.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "pavlov/agents/on_policy_device.h"
#include "pavlov/agents/train_on_policy.h"
#include "pavlov/apps/normalization.h"
#include "pavlov/apps/on_policy_options.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/training_run.h"

namespace pavlov::apps {
namespace {

template <class Config>
struct OnPolicyOptions {
  RunOptions run;
  NormalizationOptions normalization;
  agents::OnPolicyConfig training;
  Config agent;
  agents::DeviceChoice device = agents::DeviceChoice::cpu;
};

// Whole episodes need environments that rest.
envs::AutoresetMode mode_of(const agents::ReinforceConfig&) {
  return envs::AutoresetMode::disabled;
}
template <class Config>
envs::AutoresetMode mode_of(const Config&) {
  return envs::AutoresetMode::same_step;
}

template <class Config>
int train(CLI::App& command, OnPolicyOptions<Config>& options) {
  RunOptions& o = options.run;
  const std::string preset = apply_files(command, o);
  validate(o);
  agents::validate(options.training);
  const std::uint64_t seed = checked_seed(o.seed);
  LiveView view(o, options.training.total_steps);
  const NormalizedEnv wrapped = normalized(
      view.watch(make_env(o, static_cast<std::size_t>(o.num_envs), mode_of(options.agent))),
      options.normalization, options.agent.gamma);
  const envs::EnvSpec& spec = wrapped.env->spec();
  const agents::OnPolicyOnDevice made =
      agents::make_on_policy(options.agent, spec.observation_space.size(), spec.action_space,
                             wrapped.env->size(), seed, options.device);
  agents::OnPolicyAgent& agent = *made.agent;
  if (wrapped.observation != nullptr) {
    agent.normalized_by([&] { return statistics_of(*wrapped.observation); });
  }
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
             return agents::train_on_policy(*wrapped.env, agent, options.training, seed, observers,
                                            stop);
           },
       .view = view,
       .unscaled_returns = wrapped.unscaled_returns});
}

template <class Config>
void add_options(CLI::App& command, const std::string& name, int& status) {
  auto options = std::make_shared<OnPolicyOptions<Config>>();
  options->run.algorithm = name;
  bind(command, options->run);
  bind(command, options->training);
  bind_device(command, options->device);
  bind(command, options->agent);
  bind(command, options->normalization);
  command.callback([&command, options, &status] { status = train(command, *options); });
}

}  // namespace

void add_ppo_options(CLI::App& command, const std::string& name, int& status) {
  add_options<agents::PpoConfig>(command, name, status);
}

void add_a2c_options(CLI::App& command, const std::string& name, int& status) {
  add_options<agents::A2cConfig>(command, name, status);
}

void add_reinforce_options(CLI::App& command, const std::string& name, int& status) {
  add_options<agents::ReinforceConfig>(command, name, status);
}

}  // namespace pavlov::apps
