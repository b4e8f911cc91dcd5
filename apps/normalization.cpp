#include "pavlov/apps/normalization.h"

#include <cmath>
#include <limits>
#include <utility>

#include "pavlov/apps/option_binding.h"
#include "pavlov/envs/wrappers/normalize_reward.h"

namespace pavlov::apps {
namespace {

constexpr double kEpsilon = 1e-8;  // added to the variance (Gymnasium)

}  // namespace

void bind(CLI::App& command, NormalizationOptions& options) {
  add_switch(command, "normalize_observation", options.observation,
             "Observations with running mean 0 and variance 1; saved with the policy");
  add_switch(command, "normalize_reward", options.reward,
             "Rewards divided by the running deviation of the discounted return");
}

NormalizedEnv normalized(std::unique_ptr<envs::VecEnv> env, const NormalizationOptions& options,
                         double gamma) {
  NormalizedEnv result{.env = std::move(env)};
  if (options.reward) {
    auto counted = std::make_unique<envs::RecordEpisodeStatistics>(std::move(result.env));
    result.unscaled_returns = counted.get();
    result.env = std::make_unique<envs::NormalizeReward>(
        std::move(counted), envs::NormalizeRewardConfig{.gamma = gamma, .epsilon = kEpsilon});
  }
  if (options.observation) {
    auto wrapper = std::make_unique<envs::NormalizeObservation>(
        std::move(result.env), envs::NormalizeObservationConfig{.epsilon = kEpsilon});
    result.observation = wrapper.get();
    result.env = std::move(wrapper);
  }
  return result;
}

agents::ObservationNormalization statistics_of(const envs::NormalizeObservation& wrapper) {
  const envs::RunningMoments moments = wrapper.moments();
  // The wrapper does not clip, so the policy must not either.
  agents::ObservationNormalization result{.clip = std::numeric_limits<float>::max()};
  for (std::size_t k = 0; k < moments.mean.size(); ++k) {
    result.mean.push_back(static_cast<float>(moments.mean[k]));
    result.scale.push_back(static_cast<float>(1.0 / std::sqrt(moments.variance[k] + kEpsilon)));
  }
  return result;
}

}  // namespace pavlov::apps
