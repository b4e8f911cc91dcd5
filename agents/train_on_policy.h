// The on-policy training loop: play a rollout, learn from it, forget it.
//
// The only loop of this kind: command line, tests, benches and examples call it. Truncation is not
// termination: see replay/rollout_buffer.h.
//
// An agent with n_steps >= 1 plays segments: environments go on from round to round, in same_step
// mode. One with n_steps 0 plays whole episodes: a round is one episode of each environment, in
// disabled mode; those that have finished rest until the last one has.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "pavlov/agents/observer.h"
#include "pavlov/agents/on_policy_agent.h"
#include "pavlov/agents/training_result.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::agents {

struct OnPolicyConfig {
  std::int64_t total_steps = 100000;  // environment steps of all environments together, >= 1
};

// Throws std::invalid_argument "[train] <field> <value>: must be ..." for the first field outside
// its range.
void validate(const OnPolicyConfig& config);

// The autoreset mode that the agent's environments must have.
envs::AutoresetMode autoreset_mode_of(const OnPolicyAgent& agent);

// Trains until the budget is spent or `stop` (where given) becomes true; then the steps of the
// round that it interrupts are not learnt from. Environment i is seeded with seed + i. The last
// segment is shortened to the budget (rounded up to a step of all environments); whole episodes are
// played to their end. Steps of resting environments are none. Observers are called between rounds.
//
// mean_return and mean_length of a snapshot are of the rewards that `env` gives: where a wrapper
// scales them, of scaled ones. Throws std::invalid_argument where environment and agent do not fit,
// and std::runtime_error for a reward that is not finite, with its environment and step.
TrainingResult train_on_policy(envs::VecEnv& env, OnPolicyAgent& agent,
                               const OnPolicyConfig& config, std::uint64_t seed,
                               std::span<const Observer> observers = {},
                               const std::atomic<bool>* stop = nullptr);

}  // namespace pavlov::agents
