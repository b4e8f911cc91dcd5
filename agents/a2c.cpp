#include "pavlov/agents/a2c.h"

#include <limits>
#include <string_view>

#include "pavlov/agents/config_check.h"
#include "pavlov/kernels/denormals.h"

namespace pavlov::agents {
namespace {

constexpr std::string_view kName = "a2c";

}  // namespace

nets::OptimizerConfig optimizer_config(const A2cConfig& c) {
  if (c.optimizer == PolicyOptimizer::adam) return nets::AdamConfig{.epsilon = c.optimizer_epsilon};
  return nets::RmsPropConfig{.alpha = c.rmsprop_alpha,
                             .epsilon = c.optimizer_epsilon,
                             .placement = c.optimizer == PolicyOptimizer::rmsprop_tf
                                              ? kernels::EpsilonPlacement::inside_root
                                              : kernels::EpsilonPlacement::outside_root};
}

void validate(const A2cConfig& c) {
  const ConfigCheck check(kName);
  validate(c.network, kName);
  check.at_least_one("n_steps", c.n_steps);
  check.in_half_open_unit("learning_rate", c.learning_rate);
  check.in_half_open_unit("optimizer_epsilon", c.optimizer_epsilon);
  check.require(c.rmsprop_alpha >= 0.0 && c.rmsprop_alpha < 1.0, "rmsprop_alpha", c.rmsprop_alpha,
                "in [0, 1)");
  check.in_unit("gamma", c.gamma);
  check.in_unit("gae_lambda", c.gae_lambda);
  check.not_negative("ent_coef", c.ent_coef);
  check.not_negative("vf_coef", c.vf_coef);
  check.not_negative("max_grad_norm", c.max_grad_norm);
}

A2c::A2c(const A2cConfig& config, std::size_t observation_size, const envs::Space& action_space,
         std::uint64_t seed)
    : OnPolicyAgent(kName, (validate(config), config.network), optimizer_config(config),
                    observation_size, action_space, seed),
      config_(config) {}

PolicyGradientStats A2c::learn(replay::RolloutBuffer& rollout, const Progress& progress) {
  const kernels::FlushDenormals flush;
  fill_values(rollout);
  rollout.estimate_advantages(config_.gamma, config_.gae_lambda);

  const Objective objective{.clip_range = std::numeric_limits<double>::infinity(),
                            .ent_coef = config_.ent_coef,
                            .vf_coef = config_.vf_coef,
                            .normalize_advantage = config_.normalize_advantage};
  const double learning_rate = scheduled(config_.learning_rate_schedule, config_.learning_rate, 0.0,
                                         fraction_before(rollout, progress));
  return learn_at_once(rollout, objective, learning_rate, config_.max_grad_norm, progress);
}

}  // namespace pavlov::agents
