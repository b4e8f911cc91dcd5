// Steps of an environment, copied: what it gave then, to be compared with what it gives now.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "pavlov/envs/vec_env.h"
#include "pavlov/tests/envs/conformance/actions.h"

namespace pavlov::envs::conformance {

// One step, comparable row by row.
struct Record {
  std::vector<float> observation, final_observation;
  std::vector<double> reward;
  std::vector<std::uint8_t> terminated, truncated;

  explicit Record(const StepView& step)
      : observation(step.observation.data, step.observation.data + size_of(step.observation)),
        final_observation(step.final_observation.data,
                          step.final_observation.data + size_of(step.final_observation)),
        reward(step.reward.begin(), step.reward.end()),
        terminated(step.terminated.begin(), step.terminated.end()),
        truncated(step.truncated.begin(), step.truncated.end()) {
    // Only rows that ended are part of the contract.
    const std::size_t cols = step.final_observation.cols;
    for (std::size_t i = 0; i < reward.size(); ++i) {
      if (ended(i)) continue;
      std::fill_n(final_observation.begin() + static_cast<std::ptrdiff_t>(i * cols), cols, 0.0f);
    }
  }
  static std::size_t size_of(ConstMatrixView view) { return view.rows * view.cols; }
  bool ended(std::size_t i) const { return terminated[i] != 0 || truncated[i] != 0; }
  bool operator==(const Record& other) const {
    return same(observation, other.observation) &&
           same(final_observation, other.final_observation) && same(reward, other.reward) &&
           terminated == other.terminated && truncated == other.truncated;
  }
  template <class T>
  static bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
  }
};

// Takes `steps` steps. In disabled mode finished environments rest.
inline std::vector<Record> run(VecEnv& env, RandomActions& actions, int steps) {
  std::vector<Record> records;
  const bool rests = env.autoreset_mode() == AutoresetMode::disabled;
  for (int t = 0; t < steps; ++t) {
    const ActionView action = actions.next();
    records.emplace_back(rests ? env.step_running(action) : env.step(action));
  }
  return records;
}

inline std::vector<float> copy(ConstMatrixView view) {
  return {view.data, view.data + view.rows * view.cols};
}

}  // namespace pavlov::envs::conformance
