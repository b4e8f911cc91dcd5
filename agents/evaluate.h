// Evaluation: greedy episodes on environments of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::agents {

// Seeds of evaluation episodes start here, far above any run's own (which are below 2^32): an
// evaluation never sees an episode of the training. Periodic evaluations repeat the same episodes,
// so that a curve compares like with like; the final one uses others.
inline constexpr std::uint64_t kPeriodicEvaluationSeed = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kFinalEvaluationSeed = std::uint64_t{1} << 41;

struct Evaluation {
  std::vector<double> returns;        // undiscounted sum of rewards, one per episode
  std::vector<std::int64_t> lengths;  // steps, one per episode
  double mean() const;
  double std() const;  // over episodes, with n (0 for one episode)
  double min() const;
  double max() const;
  double length_mean() const;
};

// Throws std::invalid_argument where the environment's spaces are not those of the policy.
void check_fit(const Policy& policy, const envs::EnvSpec& spec);

// Called before every step of an evaluation with what the policy saw (N,O) and chose (N); episode i
// is being played where running[i] is not 0 (the rows beyond its size play none).
using EvaluationLook =
    std::function<void(ConstMatrixView observation, const envs::ActionView& action,
                       std::span<const std::uint8_t> running)>;

// Plays episodes seeded first_seed, first_seed + 1, ..., env.size() at a time, each to its end
// (terminated or truncated), and counts every episode once. `env` must be in next_step or same_step
// mode and fit the policy; episodes >= 1; else std::invalid_argument.
Evaluation evaluate(Policy& policy, envs::VecEnv& env, std::size_t episodes,
                    std::uint64_t first_seed, const EvaluationLook& look = {});

}  // namespace pavlov::agents
