#include "pavlov/agents/ppo.h"

#include <cmath>
#include <string>
#include <string_view>

#include "pavlov/agents/config_check.h"
#include "pavlov/kernels/denormals.h"

namespace pavlov::agents {
namespace {

constexpr std::string_view kName = "ppo";
constexpr double kKlTolerance = 1.5;  // times target_kl (SB3)

}  // namespace

void validate(const PpoConfig& c, std::size_t envs) {
  const ConfigCheck check(kName);
  validate(c.network, kName);
  check.at_least_one("n_steps", c.n_steps);
  check.at_least_one("n_epochs", c.n_epochs);
  check.require(c.batch_size >= 1 && c.batch_size <= c.n_steps * envs, "batch_size", c.batch_size,
                "in [1, n_steps * num_envs=" + std::to_string(c.n_steps * envs) + "]");
  check.in_half_open_unit("learning_rate", c.learning_rate);
  check.in_half_open_unit("adam_epsilon", c.adam_epsilon);
  check.in_unit("gamma", c.gamma);
  check.in_unit("gae_lambda", c.gae_lambda);
  check.require(c.clip_range > 0.0, "clip_range", c.clip_range, "positive");
  check.not_negative("clip_range_vf", c.clip_range_vf);
  check.not_negative("ent_coef", c.ent_coef);
  check.not_negative("vf_coef", c.vf_coef);
  check.not_negative("max_grad_norm", c.max_grad_norm);
  check.not_negative("target_kl", c.target_kl);
}

Ppo::Ppo(const PpoConfig& config, std::size_t observation_size, const envs::Space& action_space,
         std::size_t envs, std::uint64_t seed)
    : OnPolicyAgent(kName, (validate(config, envs), config.network),
                    nets::AdamConfig{.epsilon = config.adam_epsilon}, observation_size,
                    action_space, seed),
      config_(config) {}

PolicyGradientStats Ppo::learn(replay::RolloutBuffer& rollout, const Progress& progress) {
  const kernels::FlushDenormals flush;
  fill_values(rollout);
  rollout.estimate_advantages(config_.gamma, config_.gae_lambda);

  const double spent = fraction_before(rollout, progress);
  const Objective objective{
      .clip_range = scheduled(config_.clip_range_schedule, config_.clip_range, 0.0, spent),
      .clip_range_vf = config_.clip_range_vf,
      .ent_coef = config_.ent_coef,
      .vf_coef = config_.vf_coef,
      .normalize_advantage = config_.normalize_advantage};
  const double learning_rate =
      scheduled(config_.learning_rate_schedule, config_.learning_rate, 0.0, spent);
  StatsMeans means(rollout.explained_variance(), learning_rate);
  replay::RolloutBatch& batch = batch_of(config_.batch_size, rollout.shape());
  for (std::size_t epoch = 0; epoch < config_.n_epochs; ++epoch) {
    rollout.shuffle(minibatch_random());
    for (std::size_t first = 0; first < rollout.samples(); first += config_.batch_size) {
      rollout.minibatch(first, config_.batch_size, batch);
      const Losses losses = judge(batch, objective, progress);
      const bool too_far =
          config_.target_kl > 0.0 && losses.approx_kl > kKlTolerance * config_.target_kl;
      if (too_far) return means.take();
      means.add(losses, descend(batch, learning_rate, config_.max_grad_norm));
    }
  }
  return means.take();
}

}  // namespace pavlov::agents
