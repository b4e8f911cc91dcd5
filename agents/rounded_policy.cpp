#include "pavlov/agents/rounded_policy.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/nets/bf16_mlp.h"
#include "pavlov/nets/int8_mlp.h"

namespace pavlov::agents {
namespace {

// Counts where a policy chooses what was chosen.
class Agreement {
 public:
  Agreement(Policy& policy, std::size_t envs)
      : policy_(policy),
        discrete_(policy.action_head().continuous() ? 0 : envs),
        continuous_({policy.action_head().continuous() ? envs : 0, policy.actions()}) {}

  void add(ConstMatrixView observation, const envs::ActionView& action,
           std::span<const std::uint8_t> running) {
    if (continuous_.empty()) {
      policy_.act(observation, discrete_);
    } else {
      policy_.act(observation, continuous_.matrix());
    }
    for (std::size_t i = 0; i < running.size(); ++i) {
      if (running[i] == 0) continue;
      ++rows_;
      if (continuous_.empty()) {
        equal_ += discrete_[i] == action.discrete()[i] ? 1 : 0;
        continue;
      }
      const std::span<const float> own = continuous_.matrix().row(i);
      const std::span<const float> other = action.continuous().row(i);
      equal_ += std::ranges::equal(own, other) ? 1 : 0;
      for (std::size_t d = 0; d < own.size(); ++d) {
        difference_ += static_cast<double>(std::fabs(own[d] - other[d]));
      }
    }
  }

  double share() const { return static_cast<double>(equal_) / static_cast<double>(rows_); }
  double mean_difference() const {
    return difference_ / static_cast<double>(rows_) / static_cast<double>(policy_.actions());
  }

 private:
  Policy& policy_;
  std::vector<std::int32_t> discrete_;
  kernels::Tensor continuous_;
  std::int64_t rows_ = 0, equal_ = 0;
  double difference_ = 0.0;
};

template <class RoundedNetwork>
Policy rounded(const Policy& policy) {
  return {std::make_unique<RoundedNetwork>(policy.network()), policy.origin(), policy.action_head(),
          policy.observation_normalization()};
}

}  // namespace

Policy to_int8(const Policy& policy) { return rounded<nets::Int8Mlp>(policy); }
Policy to_bf16(const Policy& policy) { return rounded<nets::Bf16Mlp>(policy); }

PolicyComparison compare(Policy& reference, Policy& other, envs::VecEnv& env, std::size_t episodes,
                         std::uint64_t first_seed) {
  check_fit(other, env.spec());
  Agreement agreement(other, env.size());
  PolicyComparison result;
  result.reference = evaluate(
      reference, env, episodes, first_seed,
      [&](ConstMatrixView observation, const envs::ActionView& action,
          std::span<const std::uint8_t> running) { agreement.add(observation, action, running); });
  result.same_actions = agreement.share();
  result.action_difference = agreement.mean_difference();
  result.other = evaluate(other, env, episodes, first_seed);
  return result;
}

}  // namespace pavlov::agents
