// ReplayBuffer: a ring of transitions, sampled uniformly or by given rows.
//
// Lin 1992; Mnih et al. 2015 (Nature 518, "experience replay"). Differs from the usual form: a
// transition carries the discount of its bootstrap term, gamma^k after k steps or 0 where the
// episode terminated, in place of a done flag. A truncated episode keeps its discount, with the
// final observation as next observation: truncation is not termination. What a sample reads lies
// in two places, the pair of observations and the rest: each place costs a miss of the caches.
//
// Shapes: K transitions added at once, B batch, O observation dimensions. Not thread-safe.
// Complexity: add O(K O), sample O(B O).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/state_io.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/replay/observation_pairs.h"

namespace pavlov::replay {

using kernels::ConstMatrixView;

// A sampled batch. Reused from call to call: nothing is allocated once it has its size.
struct ReplayBatch {
  ReplayBatch(std::size_t batch, std::size_t observation_size);

  std::size_t size() const { return reward.size(); }

  kernels::Tensor observation;        // (B,O)
  kernels::Tensor next_observation;   // (B,O)
  std::vector<std::int32_t> action;   // (B)
  std::vector<float> reward;          // (B) of k steps: r_0 + gamma r_1 + ... + gamma^(k-1) r_(k-1)
  std::vector<float> discount;        // (B) gamma^k, or 0 after a termination
  std::vector<std::uint32_t> index;   // (B) rows of the ring
  std::vector<std::uint64_t> serial;  // (B) numbers of the transitions; prioritized sampling only
  std::vector<float> weight;          // (B) importance weights, (0, 1]; 1 for uniform sampling
  // (B) Written by the agent when it learns: the size of each sample's error, finite and >= 0, by
  // which prioritized sampling draws it from then on.
  std::vector<float> priority;
};

class ReplayBuffer {
 public:
  // capacity in [1, 2^31] transitions of `observation_size` >= 1 numbers; else
  // std::invalid_argument.
  ReplayBuffer(std::size_t capacity, std::size_t observation_size,
               ObservationType type = ObservationType::float32);

  std::size_t capacity() const { return facts_.size(); }
  std::size_t size() const { return size_; }
  std::size_t head() const { return head_; }  // row of the next transition
  std::size_t observation_size() const { return observations_.width(); }

  // Adds K transitions; beyond the capacity the oldest are overwritten. All arguments have K rows,
  // K <= capacity, and observations that their type can hold; else std::invalid_argument, and
  // nothing changes.
  void add(ConstMatrixView observation, std::span<const std::int32_t> action,
           std::span<const double> reward, ConstMatrixView next_observation,
           std::span<const float> discount);

  // Fills `batch` with uniform draws, with replacement. Throws std::invalid_argument where the
  // buffer is empty.
  void sample(kernels::RandomStream& random, ReplayBatch& batch) const;
  // Fills the fields of `batch` from the rows that batch.index names. Throws std::invalid_argument
  // for an index that is not below size(), or another observation size.
  void gather(ReplayBatch& batch) const;

  // Every transition and where the next one goes. load() throws std::runtime_error for what a
  // buffer of this shape cannot have saved; the buffer's content is then unspecified.
  void save(kernels::StateWriter& out) const;
  void load(kernels::StateReader& in);

 private:
  struct Facts {
    std::int32_t action;
    float reward, discount;
  };

  std::size_t size_ = 0;
  std::size_t head_ = 0;
  ObservationPairs observations_;
  kernels::TensorOf<Facts> facts_;
};

}  // namespace pavlov::replay
