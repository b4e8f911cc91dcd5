// REINFORCE: Monte Carlo policy gradient, with a learnt baseline or without.
//
// Papers: Williams 1992 (Machine Learning 8:229); Sutton et al. 2000 (NIPS 12). With G_t the
// discounted return from step t to the end of its episode:
//
//   policy_loss = -mean (G_t - V(s_t)) log pi(a_t|s_t)      V = 0 without a baseline
//   value_loss = mean (V(s_t) - G_t)^2
//
// A round: one whole episode of every environment, then one step on all samples at once. Each
// environment plays exactly one, so that short episodes are not drawn more often than long ones.
//
// Differs from the papers: the factor gamma^t of the discounted objective is dropped, as everywhere
// in practice; what G exceeds the baseline by is normalized to mean 0 and deviation 1 over the
// round, an option. A truncated episode has more to come: G goes on with the value of its final
// observation. Without a baseline there is none, and truncation counts as an end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/agents/on_policy_agent.h"
#include "pavlov/agents/schedule.h"

namespace pavlov::agents {

struct ReinforceConfig {
  PolicyNetworkConfig network = {};
  bool baseline = true;                                  // learn V and subtract it
  double learning_rate = 1e-3;                           // of Adam, (0, 1]
  Schedule learning_rate_schedule = Schedule::constant;  // else to 0 at the end of the run
  double adam_epsilon = 1e-5;                            // (0, 1]
  double gamma = 0.99;                                   // discount, [0, 1]
  bool normalize_advantage = true;                       // over the round
  double ent_coef = 0.0;                                 // weight of the entropy, >= 0
  double vf_coef = 0.5;                                  // weight of the value loss, >= 0
  double max_grad_norm = 0.5;  // global norm of the gradient, >= 0; 0: no limit
};

// Throws std::invalid_argument "[reinforce] <field> <value>: must be ..." for the first field
// outside its range.
void validate(const ReinforceConfig& config);

class Reinforce final : public OnPolicyAgent {
 public:
  // Streams: see OnPolicyAgent.
  Reinforce(const ReinforceConfig& config, std::size_t observation_size,
            const envs::Space& action_space, std::uint64_t seed);

  std::size_t n_steps() const override { return 0; }
  PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) override;
  double discount() const override { return config_.gamma; }

 private:
  const ReinforceConfig config_;
};

}  // namespace pavlov::agents
