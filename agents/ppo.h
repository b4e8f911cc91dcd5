// PPO: proximal policy optimization with the clipped surrogate.
//
// Paper: Schulman et al. 2017 (arXiv:1707.06347). Details: Huang et al. 2022, "The 37
// implementation details of PPO". References: Stable-Baselines3 2.x `ppo.py`, whose names and
// defaults the options take, and CleanRL's `ppo.py`.
//
//   r = pi(a|s) / pi_old(a|s)
//   policy_loss = mean max(-A r, -A clamp(r, 1 - clip_range, 1 + clip_range))
//   A = generalized advantages (arXiv:1506.02438); value targets A + V_old
//
// A round: n_steps of every environment, then n_epochs over all its samples in shuffled minibatches
// of batch_size (the last of an epoch has what is left), advantages normalized per minibatch.
//
// Differs from Stable-Baselines3: a truncated episode is worth the value of its final observation,
// kept apart from the reward (there it is added to it); the schedules count from the beginning of a
// round, so that the last one still learns; the clipped value loss is the greater of both terms
// (CleanRL). As there, target_kl ends the round before the step of the first minibatch whose
// approx_kl exceeds 1.5 times it. From CleanRL: value_loss is not halved.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/agents/on_policy_agent.h"
#include "pavlov/agents/schedule.h"

namespace pavlov::agents {

struct PpoConfig {
  PolicyNetworkConfig network = {};
  std::size_t n_steps = 2048;   // of every environment per round, >= 1 (SB3)
  std::size_t batch_size = 64;  // samples per minibatch, [1, n_steps * environments] (SB3)
  std::size_t n_epochs = 10;    // times a round uses its samples, >= 1 (SB3)
  double learning_rate = 3e-4;  // of Adam, (0, 1] (SB3)
  Schedule learning_rate_schedule = Schedule::constant;  // else to 0 at the end of the run
  double adam_epsilon = 1e-5;                            // (0, 1] (SB3)
  double gamma = 0.99;                                   // discount, [0, 1]
  double gae_lambda = 0.95;                              // [0, 1] (SB3)
  double clip_range = 0.2;                               // > 0 (paper)
  Schedule clip_range_schedule = Schedule::constant;     // likewise
  double clip_range_vf = 0.0;       // of values around the round's, >= 0; 0: not clipped (SB3)
  bool normalize_advantage = true;  // per minibatch
  double ent_coef = 0.0;            // weight of the entropy, >= 0 (SB3)
  double vf_coef = 0.5;             // weight of the value loss, >= 0 (SB3)
  double max_grad_norm = 0.5;       // global norm of the gradient, >= 0; 0: no limit (SB3)
  double target_kl = 0.0;           // >= 0; 0: no limit
};

// Throws std::invalid_argument "[ppo] <field> <value>: must be ..." for the first field outside its
// range; `envs` environments.
void validate(const PpoConfig& config, std::size_t envs);

class Ppo final : public OnPolicyAgent {
 public:
  // For `envs` environments. Streams: see OnPolicyAgent.
  Ppo(const PpoConfig& config, std::size_t observation_size, const envs::Space& action_space,
      std::size_t envs, std::uint64_t seed);

  std::size_t n_steps() const override { return config_.n_steps; }
  PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) override;
  double discount() const override { return config_.gamma; }

 private:
  const PpoConfig config_;
};

}  // namespace pavlov::agents
