// The off-policy training loop: act, step, store, and learn from replay at a fixed ratio.
//
// The only loop of this kind: command line, tests, benches and examples call it. Truncation is not
// termination: a transition that ends an episode by truncation keeps its discount and bootstraps
// from final_observation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/agents/off_policy_agent.h"
#include "pavlov/agents/observer.h"
#include "pavlov/agents/training_result.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/replay/replay.h"

namespace pavlov::agents {

struct OffPolicyConfig {
  std::int64_t total_steps = 50000;    // environment steps of all environments together, >= 1
  std::int64_t learning_starts = 100;  // steps with uniformly random actions and no learning, >= 0
  std::int64_t train_freq = 4;         // environment steps from one round of updates to the next
  std::int64_t gradient_steps = 1;     // updates per round; -1: as many as steps since the last
  std::size_t batch_size = 32;         // transitions per update, [1, buffer_size]
  replay::ReplayConfig replay = {};    // what is kept, and how batches are drawn
  // While a batch is learned from, another thread draws the next one of the same round. The batches
  // and so the results are the same. Not where replay is prioritized: there the next draw depends
  // on the priorities of this batch.
  bool prefetch = false;
};

// Throws std::invalid_argument "[train] <field> <value>: must be ...", or "[replay] ..." for a
// field of replay, for the first one outside its range.
void validate(const OffPolicyConfig& config);

// Trains until the budget is spent or `stop` (where given) becomes true. The environment must be in
// same_step mode with discrete actions, `replay` made of config.replay for its observations, with
// room for n_step transitions of each environment; environment i is seeded with seed + i. Random
// actions come from stream "warmup", batches from stream "replay" of `seed`. With N environments a
// step counts N; rounds of updates keep the same ratio of updates to steps. Priorities that the
// agent writes go back into replay after each update; the exponent of importance weights follows
// the share of the budget that is spent. Learning begins with the first complete transition; steps
// whose n-step window is still open at the end of the run are not learned from.
TrainingResult train_off_policy(envs::VecEnv& env, OffPolicyAgent& agent, replay::Replay& replay,
                                const OffPolicyConfig& config, std::uint64_t seed,
                                std::span<const Observer> observers = {},
                                const std::atomic<bool>* stop = nullptr);

}  // namespace pavlov::agents
