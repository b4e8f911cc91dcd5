// NStep: turns the steps of N environments into transitions of n steps.
//
// Watkins 1989; Hessel et al. 2018 (Rainbow, arXiv:1710.02298, "multi-step learning"):
//
//   R = r_0 + gamma r_1 + ... + gamma^(k-1) r_(k-1),   bootstrap gamma^k from the observation after
//
// k = n inside an episode. At its end the windows that are still open are emitted too, each with
// the k < n steps it has: a termination leaves nothing to bootstrap from (discount 0), a truncation
// bootstraps from the final observation with gamma^k. No window crosses an end, and each
// environment has windows of its own. Differs from the common references: Dopamine drops the tails
// of truncated episodes; others bootstrap them with gamma^n. Not corrected for off-policy data:
// keep n small.
//
// Shapes: N environments, O observation dimensions, K <= n N transitions. Rewards are summed in
// float64. Nothing is allocated after the construction. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/state_io.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::replay {

using kernels::ConstMatrixView;

// One step of every environment. All members have N rows.
struct Step {
  ConstMatrixView observation;               // (N,O) before the step
  std::span<const std::int32_t> action;      // (N)
  std::span<const double> reward;            // (N)
  ConstMatrixView next_observation;          // (N,O) after it; where an episode ended, its last one
  std::span<const std::uint8_t> terminated;  // (N)
  std::span<const std::uint8_t> truncated;   // (N) both at once count as terminated
};

// Transitions, one per row.
struct Transitions {
  ConstMatrixView observation;           // (K,O)
  std::span<const std::int32_t> action;  // (K)
  std::span<const double> reward;        // (K) discounted sum of k rewards
  ConstMatrixView next_observation;      // (K,O)
  std::span<const float> discount;       // (K) gamma^k, or 0 after a termination
};

class NStep {
 public:
  static constexpr std::size_t kMostSteps = 1 << 16;

  // Windows of `steps` in [1, kMostSteps] steps of `envs` >= 1 environments; gamma in [0, 1]; else
  // std::invalid_argument.
  NStep(std::size_t steps, std::size_t envs, std::size_t observation_size, double gamma);

  std::size_t steps() const { return steps_; }
  std::size_t envs() const { return envs_; }
  double gamma() const { return gamma_; }

  // The transitions that this step completes: environment by environment, the oldest first. The
  // view lives until the next call, and with n = 1 as long as `step`. Throws std::invalid_argument
  // where a member of `step` has another shape.
  Transitions add(const Step& step);

  // Forgets all open windows: every environment is at the start of an episode.
  void clear();

  // The open windows. load() throws std::runtime_error for those of another shape; the windows are
  // then unchanged.
  void save(kernels::StateWriter& out) const;
  void load(kernels::StateReader& in);

 private:
  void check(const Step& step) const;
  void push(const Step& step, std::size_t env);
  void emit(const Step& step, std::size_t env, float discount);
  std::size_t slot(std::size_t env, std::size_t age) const;

  std::size_t steps_;
  std::size_t envs_;
  double gamma_;
  std::vector<double> power_;  // gamma^0 ... gamma^n

  // Open windows: a ring of n steps per environment, n > 1.
  kernels::Tensor observation_;       // (N n, O)
  std::vector<std::int32_t> action_;  // (N n)
  std::vector<double> reward_;        // (N n)
  std::vector<std::uint32_t> begin_;  // (N) oldest step
  std::vector<std::uint32_t> count_;  // (N) steps, < n between two calls

  // What add() returns.
  std::size_t emitted_ = 0;
  kernels::Tensor out_observation_, out_next_;  // (N n, O)
  std::vector<std::int32_t> out_action_;        // (N n)
  std::vector<double> out_reward_;              // (N n)
  std::vector<float> out_discount_;             // (N n)
};

}  // namespace pavlov::replay
