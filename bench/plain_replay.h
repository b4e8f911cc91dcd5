// The baseline of bench_replay: prioritized replay as it is usually written. A binary float32
// segment tree in a heap array, one descent and one way up at a time; every sample copied as it is
// found. The tree is that of OpenAI Baselines and cpprb, its descent without their last-item error.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::bench {

class BinaryTree {
 public:
  explicit BinaryTree(std::size_t entries)
      : leaves_(std::bit_ceil(entries)), sum_(2 * leaves_, 0.0f) {}

  float total() const { return sum_[1]; }
  float weight(std::size_t entry) const { return sum_[leaves_ + entry]; }
  void set(std::size_t entry, float weight) {
    std::size_t node = leaves_ + entry;
    sum_[node] = weight;
    for (node /= 2; node >= 1; node /= 2) sum_[node] = sum_[2 * node] + sum_[2 * node + 1];
  }
  std::uint32_t find(float target) const {
    std::size_t node = 1;
    while (node < leaves_) {
      node *= 2;
      if (target >= sum_[node]) target -= sum_[node++];
    }
    return static_cast<std::uint32_t>(node - leaves_);
  }

 private:
  std::size_t leaves_;
  std::vector<float> sum_;  // node k has children 2k and 2k + 1
};

// Stratified draws, weights over the batch's largest, priorities |delta| + epsilon to the alpha.
class PlainReplay {
 public:
  PlainReplay(std::size_t capacity, std::size_t width, float alpha, float epsilon)
      : width_(width),
        alpha_(alpha),
        epsilon_(epsilon),
        tree_(capacity),
        observation_(capacity * width),
        next_(capacity * width),
        reward_(capacity),
        discount_(capacity),
        action_(capacity) {}

  void add(std::span<const float> observation, std::int32_t action, float reward,
           std::span<const float> next, float discount) {
    std::ranges::copy(observation,
                      observation_.begin() + static_cast<std::ptrdiff_t>(head_ * width_));
    std::ranges::copy(next, next_.begin() + static_cast<std::ptrdiff_t>(head_ * width_));
    action_[head_] = action;
    reward_[head_] = reward;
    discount_[head_] = discount;
    tree_.set(head_, std::pow(most_, alpha_));
    head_ = head_ + 1 == action_.size() ? 0 : head_ + 1;
  }
  void sample(kernels::RandomStream& random, float beta, replay::ReplayBatch& batch) const {
    const float part = tree_.total() / static_cast<float>(batch.size());
    float largest = 0.0f;
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const std::uint32_t i = tree_.find((static_cast<float>(b) + random.uniform()) * part);
      batch.index[b] = i;
      batch.weight[b] = std::pow(tree_.weight(i), -beta);
      largest = std::max(largest, batch.weight[b]);
      copy(i, b, batch);
    }
    for (float& w : batch.weight) w /= largest;
  }
  // Uniform draws among the first `size` transitions.
  void sample_uniform(kernels::RandomStream& random, std::uint32_t size,
                      replay::ReplayBatch& batch) const {
    for (std::size_t b = 0; b < batch.size(); ++b) copy(random.below(size), b, batch);
  }
  void update(const replay::ReplayBatch& batch) {
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const float p = batch.priority[b] + epsilon_;
      most_ = std::max(most_, p);
      tree_.set(batch.index[b], std::pow(p, alpha_));
    }
  }

 private:
  void copy(std::size_t i, std::size_t b, replay::ReplayBatch& batch) const {
    std::copy_n(&observation_[i * width_], width_, batch.observation.matrix().row(b).data());
    std::copy_n(&next_[i * width_], width_, batch.next_observation.matrix().row(b).data());
    batch.action[b] = action_[i];
    batch.reward[b] = reward_[i];
    batch.discount[b] = discount_[i];
  }

  std::size_t width_, head_ = 0;
  float alpha_, epsilon_, most_ = 1.0f;
  BinaryTree tree_;
  std::vector<float> observation_, next_, reward_, discount_;
  std::vector<std::int32_t> action_;
};

}  // namespace pavlov::bench
