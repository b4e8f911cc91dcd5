// RolloutBuffer: what N environments did since the last update, in the order of time; returns,
// advantages and minibatches of it.
//
// Schulman et al. 2017 (arXiv:1707.06347), algorithm 1: T steps of N environments, then epochs of
// shuffled minibatches. Differs from Stable-Baselines3 and CleanRL: a step keeps three facts apart,
// whether it terminated its episode, whether it truncated it, and the final observation of a
// truncated one, whose value stands in for the rest of the episode. Values are not stored while
// playing: after the last step a critic gives those of all observations in one pass.
//
// Whole episodes (REINFORCE): the buffer grows until every environment has finished one; those that
// have rest meanwhile, and their rows are no samples.
//
// Shapes: T steps, N environments, O observation dimensions, A action dimensions (0: one of a
// discrete set, an int32). Row t * N + n of a column is environment n at step t. Not thread-safe.
// Nothing is allocated once the buffer has its steps and its final observations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/returns.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::replay {

using kernels::ConstMatrixView;
using kernels::MatrixView;

struct RolloutShape {
  std::size_t steps = 1;             // T that there is room for at first, >= 1
  std::size_t envs = 1;              // N, >= 1
  std::size_t observation_size = 1;  // O, >= 1
  std::size_t action_size = 0;       // A; 0: discrete
};

// A step that is to be taken: what is seen, and where a policy writes what it does.
struct RolloutSlot {
  ConstMatrixView observation;       // (N,O)
  std::span<std::int32_t> discrete;  // (N) where the actions are discrete
  MatrixView continuous;             // (N,A) where they are continuous, as drawn: not clipped
  std::span<float> log_prob;         // (N) of the action under the policy that drew it
};

// What the environments made of it.
struct RolloutOutcome {
  std::span<const double> reward;            // (N)
  std::span<const std::uint8_t> terminated;  // (N)
  std::span<const std::uint8_t> truncated;   // (N) both may be 1: terminated counts
  ConstMatrixView observation;               // (N,O) from which the next step goes on
  ConstMatrixView final_observation;         // (N,O) read in rows that only truncate
};

// A minibatch of at most B samples. Reused from call to call.
struct RolloutBatch {
  RolloutBatch(std::size_t capacity, std::size_t observation_size, std::size_t action_size);

  // Samples that the batch holds: the last one of an epoch may be smaller.
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return index_.size(); }

  MatrixView observation() { return observation_.matrix().rows_from(0, size_); }
  std::span<const std::int32_t> discrete_action() const { return first(discrete_action_); }
  MatrixView continuous_action() { return continuous_action_.matrix().rows_from(0, size_); }
  std::span<const float> log_prob() const { return first(log_prob_); }
  std::span<const float> value() const { return first(value_); }
  std::span<const float> returns() const { return first(returns_); }
  std::span<float> advantage() { return std::span(advantage_).first(size_); }

 private:
  friend class RolloutBuffer;

  template <class T>
  std::span<const T> first(const std::vector<T>& column) const {
    return std::span(column).first(size_);
  }

  std::size_t size_ = 0;
  kernels::Tensor observation_;                                // (B,O)
  std::vector<std::int32_t> discrete_action_;                  // (B), or empty
  kernels::Tensor continuous_action_;                          // (B,A)
  std::vector<float> log_prob_, value_, returns_, advantage_;  // (B)
  std::vector<std::uint32_t> index_;                           // (B) rows of the rollout
};

class RolloutBuffer {
 public:
  // Throws std::invalid_argument for a shape out of range, or one of more than 2^31 samples.
  explicit RolloutBuffer(const RolloutShape& shape);

  const RolloutShape& shape() const { return shape_; }
  std::size_t steps() const { return steps_; }  // T so far
  // Transitions so far; those of resting environments do not count.
  std::size_t samples() const { return samples_; }

  // Forgets all steps; the next one starts from `observation` (N,O).
  void start(ConstMatrixView observation);
  // Forgets all steps but goes on where the last one led.
  void restart();

  // The next step; valid until add. Grows by half where there is no room.
  RolloutSlot next();
  // Ends the step. `resting` (N) is 1 for environments that took no part, or empty; a resting row
  // is no sample. Throws std::invalid_argument for wrong shapes.
  void add(const RolloutOutcome& outcome, std::span<const std::uint8_t> resting = {});

  // The columns of values, for a critic to fill after the last step: (T+1) N observations in order,
  // of which the last N are those the rollout stopped at; and K final observations.
  ConstMatrixView observations() const;
  std::span<float> values() { return std::span(value_).first((steps_ + 1) * shape_.envs); }
  std::span<const float> values() const {
    return std::span(value_).first((steps_ + 1) * shape_.envs);
  }
  ConstMatrixView final_observations() const;  // (K,O)
  std::span<float> final_values() { return std::span(final_value_).first(ends_.size()); }

  // Advantages and their targets from values() and final_values(), kernels/returns.h: generalized
  // advantage estimation; the target is advantage + value.
  void estimate_advantages(double discount, double lambda);
  // The target is the discounted return, the advantage what it exceeds the value by. Without a
  // baseline (values() 0) the advantage is the return.
  void estimate_returns(double discount);

  // Of all (T,N); rows of resting environments mean nothing.
  ConstMatrixView advantages() const;
  ConstMatrixView returns() const;
  std::span<const float> log_probs() const { return rows_of(log_prob_); }
  // The actions of all (T,N): int32, or (T*N,A) as drawn; the other one is empty.
  std::span<const std::int32_t> discrete_actions() const {
    return shape_.action_size == 0 ? rows_of(discrete_action_) : std::span<const std::int32_t>();
  }
  ConstMatrixView continuous_actions() const {
    if (shape_.action_size == 0) return {};
    return continuous_action_.matrix().rows_from(0, steps_ * shape_.envs);
  }

  // The share of the variance of the targets that values() explain: 1 - Var(target - value) /
  // Var(target); 0 where the targets do not vary. Over the samples.
  double explained_variance() const;

  // Puts the samples into a random order (Fisher and Yates), or into that of time.
  void shuffle(kernels::RandomStream& random);
  void order_by_time();
  std::span<const std::uint32_t> order() const { return order_; }
  // Samples [first, first + count) of that order, or as many as there are; count is at most the
  // batch's capacity. Batches that begin where the one before has ended cover every sample once.
  void minibatch(std::size_t first, std::size_t count, RolloutBatch& batch) const;

 private:
  template <class T>
  std::span<const T> rows_of(const std::vector<T>& column) const {
    return std::span(column).first(steps_ * shape_.envs);
  }
  ConstMatrixView observation_at(std::size_t step) const {
    return observation_.matrix().rows_from(step * shape_.envs, shape_.envs);
  }
  void set_observation(std::size_t step, ConstMatrixView observation);
  void grow(std::size_t steps);
  void keep_final_observation(std::size_t row, std::span<const float> observation);
  kernels::Rollout facts() const;
  void spread_final_values();

  RolloutShape shape_;
  std::size_t capacity_ = 0;  // steps there is room for
  std::size_t steps_ = 0;     // T
  std::size_t samples_ = 0;
  kernels::Tensor observation_;                                                  // (T+1,N,O)
  std::vector<std::int32_t> discrete_action_;                                    // (T,N)
  kernels::Tensor continuous_action_;                                            // (T,N,A)
  std::vector<float> log_prob_, reward_, advantage_, returns_, final_value_at_;  // (T,N)
  std::vector<float> value_;                                                     // (T+1,N)
  std::vector<std::uint8_t> terminated_, truncated_, resting_;                   // (T,N)
  // Steps that only truncate, in the order of time: their rows, observations (K,O) and values (K).
  std::vector<std::uint32_t> ends_;
  kernels::Tensor final_observation_;
  std::vector<float> final_value_;
  std::vector<std::uint32_t> order_;  // (samples) rows
};

}  // namespace pavlov::replay
