#include "pavlov/agents/evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <variant>

#include "pavlov/kernels/check.h"

namespace pavlov::agents {
namespace {

// A policy's actions for N environments, of whichever kind they are.
class ActionBuffer {
 public:
  ActionBuffer(Policy& policy, std::size_t size) : policy_(policy) {
    if (policy.action_head().continuous()) {
      continuous_ = kernels::Tensor({size, policy.actions()});
    } else {
      discrete_.resize(size);
    }
  }

  envs::ActionView greedy(ConstMatrixView observation) {
    if (continuous_.empty()) {
      policy_.act(observation, discrete_);
      return discrete_;
    }
    policy_.act(observation, continuous_.matrix());
    return ConstMatrixView(continuous_.matrix());
  }

 private:
  Policy& policy_;
  std::vector<std::int32_t> discrete_;
  kernels::Tensor continuous_;
};

}  // namespace

void check_fit(const Policy& policy, const envs::EnvSpec& spec) {
  const auto* discrete = std::get_if<envs::Discrete>(&spec.action_space);
  const bool continuous = policy.action_head().continuous();
  if ((discrete == nullptr) != continuous) {
    kernels::throw_argument("evaluate", spec.id + ": the policy needs " +
                                            (continuous ? "continuous" : "discrete") + " actions");
  }
  const std::size_t actions = discrete != nullptr ? static_cast<std::size_t>(discrete->n)
                                                  : std::get<envs::Box>(spec.action_space).size();
  if (spec.observation_space.size() != policy.observation_size() || actions != policy.actions()) {
    kernels::throw_argument(
        "evaluate",
        "a policy of " + std::to_string(policy.observation_size()) + " observations and " +
            std::to_string(policy.actions()) + " actions does not fit " + spec.id + " with " +
            std::to_string(spec.observation_space.size()) + " and " + std::to_string(actions));
  }
}

double Evaluation::mean() const {
  return std::accumulate(returns.begin(), returns.end(), 0.0) / static_cast<double>(returns.size());
}

double Evaluation::std() const {
  const double m = mean();
  double sum = 0.0;
  for (const double r : returns) sum += (r - m) * (r - m);
  return std::sqrt(sum / static_cast<double>(returns.size()));
}

double Evaluation::min() const { return *std::ranges::min_element(returns); }
double Evaluation::max() const { return *std::ranges::max_element(returns); }

double Evaluation::length_mean() const {
  return std::accumulate(lengths.begin(), lengths.end(), 0.0) / static_cast<double>(lengths.size());
}

Evaluation evaluate(Policy& policy, envs::VecEnv& env, std::size_t episodes,
                    std::uint64_t first_seed, const EvaluationLook& look) {
  if (episodes == 0) kernels::throw_argument("evaluate", "episodes 0: must be at least 1");
  check_fit(policy, env.spec());
  if (env.autoreset_mode() == envs::AutoresetMode::disabled) {
    kernels::throw_argument("evaluate", "autoreset disabled: must be next_step or same_step");
  }
  Evaluation result;
  result.returns.assign(episodes, 0.0);
  result.lengths.assign(episodes, 0);
  ActionBuffer action(policy, env.size());
  for (std::size_t first = 0; first < episodes; first += env.size()) {
    const std::size_t count = std::min(env.size(), episodes - first);
    std::vector<std::uint8_t> running(count, 1);
    std::size_t left = count;
    ConstMatrixView observation = env.reset(first_seed + first);
    while (left > 0) {
      const envs::ActionView greedy = action.greedy(observation);
      if (look) look(observation, greedy, running);
      const envs::StepView step = env.step(greedy);
      observation = step.observation;
      for (std::size_t i = 0; i < count; ++i) {
        if (running[i] == 0) continue;
        result.returns[first + i] += step.reward[i];
        ++result.lengths[first + i];
        if (step.terminated[i] != 0 || step.truncated[i] != 0) {
          running[i] = 0;
          --left;
        }
      }
    }
  }
  return result;
}

}  // namespace pavlov::agents
