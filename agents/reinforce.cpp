#include "pavlov/agents/reinforce.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "pavlov/agents/config_check.h"
#include "pavlov/kernels/denormals.h"

namespace pavlov::agents {
namespace {

constexpr std::string_view kName = "reinforce";

}  // namespace

void validate(const ReinforceConfig& c) {
  const ConfigCheck check(kName);
  validate(c.network, kName);
  check.in_half_open_unit("learning_rate", c.learning_rate);
  check.in_half_open_unit("adam_epsilon", c.adam_epsilon);
  check.in_unit("gamma", c.gamma);
  check.not_negative("ent_coef", c.ent_coef);
  check.not_negative("vf_coef", c.vf_coef);
  check.not_negative("max_grad_norm", c.max_grad_norm);
}

Reinforce::Reinforce(const ReinforceConfig& config, std::size_t observation_size,
                     const envs::Space& action_space, std::uint64_t seed)
    : OnPolicyAgent(kName, (validate(config), config.network),
                    nets::AdamConfig{.epsilon = config.adam_epsilon}, observation_size,
                    action_space, seed),
      config_(config) {}

PolicyGradientStats Reinforce::learn(replay::RolloutBuffer& rollout, const Progress& progress) {
  const kernels::FlushDenormals flush;
  if (config_.baseline) {
    fill_values(rollout);
  } else {
    std::ranges::fill(rollout.values(), 0.0f);
    std::ranges::fill(rollout.final_values(), 0.0f);
  }
  rollout.estimate_returns(config_.gamma);

  // On the policy that acted the surrogate's ratio is 1: see a2c.h.
  const Objective objective{.clip_range = std::numeric_limits<double>::infinity(),
                            .ent_coef = config_.ent_coef,
                            .vf_coef = config_.baseline ? config_.vf_coef : 0.0,
                            .normalize_advantage = config_.normalize_advantage};
  const double learning_rate = scheduled(config_.learning_rate_schedule, config_.learning_rate, 0.0,
                                         fraction_before(rollout, progress));
  return learn_at_once(rollout, objective, learning_rate, config_.max_grad_norm, progress);
}

}  // namespace pavlov::agents
