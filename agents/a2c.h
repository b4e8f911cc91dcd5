// A2C: advantage actor-critic, synchronous.
//
// Paper: Mnih et al. 2016 (arXiv:1602.01783). Reference: Stable-Baselines3 2.x `a2c.py`, whose
// names and defaults the options take.
//
//   policy_loss = -mean A log pi(a|s)          A = generalized advantages, lambda 1: n-step returns
//
// A round: n_steps of every environment, then one step on all samples at once. It is PPO with one
// epoch, one minibatch and no clipping (Huang et al. 2022, arXiv:2205.09123): on the policy that
// acted the ratio is 1, so the surrogate has the gradient of the formula above. Its value, which is
// what policy_loss reports, is -mean A.
//
// Differs from Stable-Baselines3: truncation and schedules as in ppo.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/agents/on_policy_agent.h"
#include "pavlov/agents/schedule.h"

namespace pavlov::agents {

enum class PolicyOptimizer : std::uint8_t {
  adam,
  rmsprop,     // as PyTorch's
  rmsprop_tf,  // as TensorFlow's: epsilon inside the root, squares that begin at 1
};

struct A2cConfig {
  PolicyNetworkConfig network = {};
  std::size_t n_steps = 5;  // of every environment per round, >= 1 (SB3)
  PolicyOptimizer optimizer = PolicyOptimizer::rmsprop;  // (SB3)
  double learning_rate = 7e-4;                           // (0, 1] (SB3)
  Schedule learning_rate_schedule = Schedule::constant;  // else to 0 at the end of the run
  double optimizer_epsilon = 1e-5;                       // (0, 1] (SB3)
  double rmsprop_alpha = 0.99;       // what the mean of squares keeps per step, [0, 1) (SB3)
  double gamma = 0.99;               // discount, [0, 1]
  double gae_lambda = 1.0;           // [0, 1] (SB3)
  bool normalize_advantage = false;  // over the round (SB3)
  double ent_coef = 0.0;             // weight of the entropy, >= 0 (SB3)
  double vf_coef = 0.5;              // weight of the value loss, >= 0 (SB3)
  double max_grad_norm = 0.5;        // global norm of the gradient, >= 0; 0: no limit (SB3)
};

// Throws std::invalid_argument "[a2c] <field> <value>: must be ..." for the first field outside its
// range.
void validate(const A2cConfig& config);

// The optimizer of a config.
nets::OptimizerConfig optimizer_config(const A2cConfig& config);

class A2c final : public OnPolicyAgent {
 public:
  // Streams: see OnPolicyAgent.
  A2c(const A2cConfig& config, std::size_t observation_size, const envs::Space& action_space,
      std::uint64_t seed);

  std::size_t n_steps() const override { return config_.n_steps; }
  PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) override;
  double discount() const override { return config_.gamma; }

 private:
  const A2cConfig config_;
};

}  // namespace pavlov::agents
