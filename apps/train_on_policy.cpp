// pavlov train ppo|a2c|reinforce: policy gradient.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

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
};

agents::Ppo make_agent(const agents::PpoConfig& config, const envs::VecEnv& env,
                       std::uint64_t seed) {
  return {config, env.spec().observation_space.size(), env.spec().action_space, env.size(), seed};
}

agents::A2c make_agent(const agents::A2cConfig& config, const envs::VecEnv& env,
                       std::uint64_t seed) {
  return {config, env.spec().observation_space.size(), env.spec().action_space, seed};
}

agents::Reinforce make_agent(const agents::ReinforceConfig& config, const envs::VecEnv& env,
                             std::uint64_t seed) {
  return {config, env.spec().observation_space.size(), env.spec().action_space, seed};
}

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
  auto agent = make_agent(options.agent, *wrapped.env, seed);
  if (wrapped.observation != nullptr) {
    agent.normalized_by([&] { return statistics_of(*wrapped.observation); });
  }
  return run_training(
      {.command = command,
       .options = o,
       .preset = preset,
       .agent = agent,
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
