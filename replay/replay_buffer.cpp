#include "pavlov/replay/replay_buffer.h"

#include <algorithm>
#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::replay {
namespace {

constexpr std::size_t kMaxCapacity = std::size_t{1} << 31;

std::size_t checked_capacity(std::size_t capacity) {
  if (capacity == 0 || capacity > kMaxCapacity) {
    kernels::throw_argument(
        "replay", "capacity " + std::to_string(capacity) + ": must be in [1, 2^31] transitions");
  }
  return capacity;
}

}  // namespace

ReplayBatch::ReplayBatch(std::size_t batch, std::size_t observation_size)
    : observation({batch, observation_size}),
      next_observation({batch, observation_size}),
      action(batch),
      reward(batch),
      discount(batch),
      index(batch),
      serial(batch),
      weight(batch, 1.0f),
      priority(batch) {}

ReplayBuffer::ReplayBuffer(std::size_t capacity, std::size_t observation_size, ObservationType type)
    : observations_(type, checked_capacity(capacity), observation_size), facts_({capacity}) {
  if (observation_size == 0) kernels::throw_argument("replay", "observation size 0: must be >= 1");
}

void ReplayBuffer::add(ConstMatrixView observation, std::span<const std::int32_t> action,
                       std::span<const double> reward, ConstMatrixView next_observation,
                       std::span<const float> discount) {
  const std::size_t count = action.size();
  const std::size_t width = observation_size();
  if (observation.rows != count || next_observation.rows != count || reward.size() != count ||
      discount.size() != count || observation.cols != width || next_observation.cols != width) {
    kernels::throw_argument("replay",
                            "add: every column must have the rows of action, and "
                            "observations " +
                                std::to_string(width) + " columns");
  }
  if (count > capacity()) {
    kernels::throw_argument("replay", "add of " + std::to_string(count) +
                                          " transitions: the capacity is " +
                                          std::to_string(capacity()));
  }
  observations_.check(observation);
  observations_.check(next_observation);
  for (std::size_t k = 0; k < count; ++k) {
    observations_.put(head_, observation.row(k), next_observation.row(k));
    facts_.data()[head_] = {action[k], static_cast<float>(reward[k]), discount[k]};
    head_ = head_ + 1 == capacity() ? 0 : head_ + 1;
  }
  size_ = std::min(size_ + count, capacity());
}

void ReplayBuffer::sample(kernels::RandomStream& random, ReplayBatch& batch) const {
  if (size_ == 0) kernels::throw_argument("replay", "sample from an empty buffer: add first");
  for (std::uint32_t& index : batch.index) {
    index = random.below(static_cast<std::uint32_t>(size_));
  }
  std::ranges::fill(batch.weight, 1.0f);
  gather(batch);
}

void ReplayBuffer::gather(ReplayBatch& batch) const {
  const std::size_t count = batch.size();
  std::uint32_t last = 0;
  for (const std::uint32_t i : batch.index) last = std::max(last, i);
  if (last >= size_ && count > 0) {
    kernels::throw_argument("replay", "index " + std::to_string(last) + ": must be below the " +
                                          std::to_string(size_) + " transitions");
  }
  if (batch.observation.dim(1) != observation_size()) {
    kernels::throw_argument("replay",
                            "batch of observations of " + std::to_string(batch.observation.dim(1)) +
                                " numbers: must be of " + std::to_string(observation_size()));
  }
  observations_.gather(batch.index, batch.observation.matrix(), batch.next_observation.matrix());
  for (std::size_t b = 0; b < count; ++b) {
    const Facts& facts = facts_.data()[batch.index[b]];
    batch.action[b] = facts.action;
    batch.reward[b] = facts.reward;
    batch.discount[b] = facts.discount;
  }
}

void ReplayBuffer::save(kernels::StateWriter& out) const {
  out.put(static_cast<std::uint64_t>(size_));
  out.put(static_cast<std::uint64_t>(head_));
  observations_.save(out, size_);
  out.put(facts_.span().first(size_));
}

void ReplayBuffer::load(kernels::StateReader& in) {
  const auto size = in.get<std::uint64_t>();
  const auto head = in.get<std::uint64_t>();
  in.require(size <= capacity(), "size", size, "at most the capacity");
  in.require(size < capacity() ? head == size : head < capacity(), "head", head,
             "the size, or within a full ring");
  size_ = size;
  head_ = head;
  observations_.load(in, size_);
  in.get(facts_.span().first(size_));
  for (const Facts& facts : facts_.span().first(size_)) {
    in.require(facts.discount >= 0.0f && facts.discount <= 1.0f, "discount", facts.discount,
               "in [0, 1]");
  }
}

}  // namespace pavlov::replay
