// Normalization: observations and rewards of a training environment, by the wrappers of envs.
//
// Statistics are the environment's, as in Gymnasium and Stable-Baselines3: whoever trains wraps it,
// the loop sees normalized numbers, and the policy takes the moments along. Returns are reported as
// they were before.
#pragma once

#include <CLI/App.hpp>
#include <memory>

#include "pavlov/agents/observation_normalization.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"

namespace pavlov::apps {

struct NormalizationOptions {
  bool observation = false;  // mean 0 and variance 1, running over the training
  bool reward = false;       // by the deviation of the discounted return
};

void bind(CLI::App& command, NormalizationOptions& options);

// An environment and those of its wrappers that others ask.
struct NormalizedEnv {
  std::unique_ptr<envs::VecEnv> env;
  const envs::NormalizeObservation* observation = nullptr;          // null: as they are
  const envs::RecordEpisodeStatistics* unscaled_returns = nullptr;  // null: rewards are as they are
};

// Wraps `env` as the options say; `gamma` is the agent's discount.
NormalizedEnv normalized(std::unique_ptr<envs::VecEnv> env, const NormalizationOptions& options,
                         double gamma);

// The wrapper's statistics as they are now.
agents::ObservationNormalization statistics_of(const envs::NormalizeObservation& wrapper);

}  // namespace pavlov::apps
