// A batch of environments, fed with the same random actions over and over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/kernels/random.h"

namespace pavlov::bench {

inline constexpr std::uint64_t kSeed = 5;
inline constexpr std::size_t kActionSets = 64;  // a power of two

using Options = std::vector<envs::EnvOption>;

inline std::unique_ptr<envs::VecEnv> make_batch(const std::string& id, std::size_t n,
                                                const Options& options = {},
                                                std::size_t threads = 1) {
  return envs::make(
      id, {.num_envs = n, .autoreset_mode = envs::AutoresetMode::same_step, .threads = threads},
      options);
}

// Of kActionSets steps: actions (N) or (N,A), uniform in a space [-high, high], the same for every
// call.
template <class Action>
std::vector<std::vector<Action>> random_actions(const envs::VecEnv& env) {
  kernels::RandomStream random(1, "actions");
  std::vector<std::vector<Action>> actions(kActionSets);
  for (std::vector<Action>& set : actions) {
    for (std::size_t i = 0; i < env.size(); ++i) {
      if constexpr (std::is_same_v<Action, float>) {
        for (const float most : std::get<envs::Box>(env.spec().action_space).high) {
          set.push_back(most * (2 * random.uniform() - 1));
        }
      } else {
        const auto n = std::get<envs::Discrete>(env.spec().action_space).n;
        set.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(n))));
      }
    }
  }
  return actions;
}

inline envs::ActionView view_of(const std::vector<float>& actions, std::size_t n) {
  return envs::ConstMatrixView(actions.data(), n, actions.size() / n);
}
inline envs::ActionView view_of(const std::vector<std::int32_t>& actions, std::size_t) {
  return actions;
}

template <class Action>
struct Batch {
  std::unique_ptr<envs::VecEnv> env;
  std::vector<std::vector<Action>> actions;
  std::size_t steps = 0;
  envs::ConstMatrixView start;  // valid until the first step

  explicit Batch(std::unique_ptr<envs::VecEnv> made)
      : env(std::move(made)), actions(random_actions<Action>(*env)), start(env->reset(kSeed)) {}
  envs::StepView step() { return env->step(view_of(actions[steps++ % kActionSets], env->size())); }
};

}  // namespace pavlov::bench
