#include "pavlov/replay/rollout_buffer.h"

#include <algorithm>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/statistics.h"

namespace pavlov::replay {
namespace {

constexpr std::size_t kMostSamples = std::size_t{1} << 31;

RolloutShape checked(const RolloutShape& shape) {
  const auto require_positive = [](const char* name, std::size_t value) {
    kernels::require(value >= 1, "rollout", name, value, "at least 1");
  };
  require_positive("steps", shape.steps);
  require_positive("envs", shape.envs);
  require_positive("observation_size", shape.observation_size);
  if (shape.steps >= kMostSamples || shape.envs > kMostSamples / (shape.steps + 1)) {
    kernels::throw_argument("rollout", std::to_string(shape.steps) + " steps of " +
                                           std::to_string(shape.envs) +
                                           " environments: must be fewer than 2^31 samples");
  }
  return shape;
}

// A tensor with room for `rows` rows that begins with those of `old`.
kernels::Tensor grown(const kernels::Tensor& old, std::size_t rows, std::size_t columns) {
  kernels::Tensor larger({rows, columns});
  std::ranges::copy(old.span(), larger.data());
  return larger;
}

}  // namespace

RolloutBatch::RolloutBatch(std::size_t capacity, std::size_t observation_size,
                           std::size_t action_size)
    : observation_({capacity, observation_size}),
      discrete_action_(action_size == 0 ? capacity : 0),
      continuous_action_({action_size == 0 ? 0 : capacity, action_size}),
      log_prob_(capacity),
      value_(capacity),
      returns_(capacity),
      advantage_(capacity),
      index_(capacity) {}

RolloutBuffer::RolloutBuffer(const RolloutShape& shape)
    : shape_(checked(shape)),
      final_observation_({shape.envs, shape.observation_size}),
      final_value_(shape.envs) {
  grow(shape.steps);
}

void RolloutBuffer::grow(std::size_t steps) {
  const std::size_t rows = steps * shape_.envs;
  observation_ = grown(observation_, rows + shape_.envs, shape_.observation_size);
  if (shape_.action_size == 0) {
    discrete_action_.resize(rows);
  } else {
    continuous_action_ = grown(continuous_action_, rows, shape_.action_size);
  }
  for (std::vector<float>* column :
       {&log_prob_, &reward_, &advantage_, &returns_, &final_value_at_}) {
    column->resize(rows);
  }
  value_.resize(rows + shape_.envs);
  for (std::vector<std::uint8_t>* column : {&terminated_, &truncated_, &resting_}) {
    column->resize(rows);
  }
  order_.reserve(rows);
  ends_.reserve(rows);
  capacity_ = steps;
}

void RolloutBuffer::set_observation(std::size_t step, ConstMatrixView observation) {
  if (observation.rows != shape_.envs || observation.cols != shape_.observation_size) {
    kernels::throw_argument("rollout", "observation (" + std::to_string(observation.rows) + ", " +
                                           std::to_string(observation.cols) + "): must be (" +
                                           std::to_string(shape_.envs) + ", " +
                                           std::to_string(shape_.observation_size) + ")");
  }
  float* to = observation_.data() + step * shape_.envs * shape_.observation_size;
  for (std::size_t n = 0; n < observation.rows; ++n, to += observation.cols) {
    std::ranges::copy(observation.row(n), to);
  }
}

void RolloutBuffer::start(ConstMatrixView observation) {
  set_observation(0, observation);
  steps_ = 0;
  samples_ = 0;
  ends_.clear();
  order_.clear();
}

void RolloutBuffer::restart() {
  if (steps_ > 0) start(observation_at(steps_));
}

RolloutSlot RolloutBuffer::next() {
  if (steps_ == capacity_) grow(capacity_ + capacity_ / 2 + 1);
  const std::size_t row = steps_ * shape_.envs;
  RolloutSlot slot{.observation = observation_at(steps_),
                   .discrete = {},
                   .continuous = {},
                   .log_prob = std::span(log_prob_).subspan(row, shape_.envs)};
  if (shape_.action_size == 0) {
    slot.discrete = std::span(discrete_action_).subspan(row, shape_.envs);
  } else {
    slot.continuous = continuous_action_.matrix().rows_from(row, shape_.envs);
  }
  return slot;
}

void RolloutBuffer::keep_final_observation(std::size_t row, std::span<const float> observation) {
  const std::size_t k = ends_.size();
  if (k == final_value_.size()) {
    final_observation_ = grown(final_observation_, 2 * k, shape_.observation_size);
    final_value_.resize(2 * k);
  }
  std::ranges::copy(observation, final_observation_.matrix().row(k).begin());
  ends_.push_back(static_cast<std::uint32_t>(row));
}

void RolloutBuffer::add(const RolloutOutcome& outcome, std::span<const std::uint8_t> resting) {
  const std::size_t envs = shape_.envs;
  if (outcome.reward.size() != envs || outcome.terminated.size() != envs ||
      outcome.truncated.size() != envs || (!resting.empty() && resting.size() != envs)) {
    kernels::throw_argument(
        "rollout", "add: every column must have " + std::to_string(envs) + " environments");
  }
  if (steps_ == capacity_) grow(capacity_ + capacity_ / 2 + 1);
  set_observation(steps_ + 1, outcome.observation);
  const std::size_t first = steps_ * envs;
  for (std::size_t n = 0; n < envs; ++n) {
    const std::size_t row = first + n;
    const bool rests = !resting.empty() && resting[n] != 0;
    reward_[row] = static_cast<float>(outcome.reward[n]);
    terminated_[row] = outcome.terminated[n];
    truncated_[row] = outcome.truncated[n];
    resting_[row] = rests ? 1 : 0;
    if (rests) continue;
    order_.push_back(static_cast<std::uint32_t>(row));
    if (outcome.truncated[n] != 0 && outcome.terminated[n] == 0) {
      keep_final_observation(row, outcome.final_observation.row(n));
    }
  }
  samples_ = order_.size();
  ++steps_;
}

ConstMatrixView RolloutBuffer::observations() const {
  return observation_.matrix().rows_from(0, (steps_ + 1) * shape_.envs);
}

ConstMatrixView RolloutBuffer::final_observations() const {
  return final_observation_.matrix().rows_from(0, ends_.size());
}

void RolloutBuffer::spread_final_values() {
  for (std::size_t k = 0; k < ends_.size(); ++k) final_value_at_[ends_[k]] = final_value_[k];
}

kernels::Rollout RolloutBuffer::facts() const {
  const std::size_t envs = shape_.envs;
  return {.reward = {reward_.data(), steps_, envs},
          .terminated = {terminated_.data(), steps_, envs},
          .truncated = {truncated_.data(), steps_, envs},
          .final_value = {final_value_at_.data(), steps_, envs},
          .next_value = std::span(value_).subspan(steps_ * envs, envs)};
}

void RolloutBuffer::estimate_advantages(double discount, double lambda) {
  spread_final_values();
  kernels::generalized_advantages(facts(), {value_.data(), steps_, shape_.envs}, discount, lambda,
                                  {advantage_.data(), steps_, shape_.envs},
                                  {returns_.data(), steps_, shape_.envs});
}

void RolloutBuffer::estimate_returns(double discount) {
  spread_final_values();
  kernels::discounted_returns(facts(), discount, {returns_.data(), steps_, shape_.envs});
  for (std::size_t row = 0; row < steps_ * shape_.envs; ++row) {
    advantage_[row] = returns_[row] - value_[row];
  }
}

ConstMatrixView RolloutBuffer::advantages() const {
  return {advantage_.data(), steps_, shape_.envs};
}

ConstMatrixView RolloutBuffer::returns() const { return {returns_.data(), steps_, shape_.envs}; }

double RolloutBuffer::explained_variance() const {
  // Two passes in double: sums over rows that rest would count what is not there.
  double target_mean = 0.0, error_mean = 0.0;
  for (const std::uint32_t row : order_) {
    target_mean += static_cast<double>(returns_[row]);
    error_mean += static_cast<double>(returns_[row]) - static_cast<double>(value_[row]);
  }
  const double n = static_cast<double>(std::max<std::size_t>(order_.size(), 1));
  target_mean /= n;
  error_mean /= n;
  double target_variance = 0.0, error_variance = 0.0;
  for (const std::uint32_t row : order_) {
    const double target = static_cast<double>(returns_[row]);
    const double error = target - static_cast<double>(value_[row]);
    target_variance += (target - target_mean) * (target - target_mean);
    error_variance += (error - error_mean) * (error - error_mean);
  }
  return target_variance > 0.0 ? 1.0 - error_variance / target_variance : 0.0;
}

void RolloutBuffer::shuffle(kernels::RandomStream& random) {
  for (std::size_t i = order_.size(); i > 1; --i) {
    std::swap(order_[i - 1], order_[random.below(static_cast<std::uint32_t>(i))]);
  }
}

void RolloutBuffer::order_by_time() { std::ranges::sort(order_); }

void RolloutBuffer::minibatch(std::size_t first, std::size_t count, RolloutBatch& batch) const {
  if (first >= samples_ || count == 0 || count > batch.capacity()) {
    kernels::throw_argument("rollout", "minibatch of " + std::to_string(count) + " from sample " +
                                           std::to_string(first) + ": must be of 1 to " +
                                           std::to_string(batch.capacity()) +
                                           " samples, and begin below " + std::to_string(samples_));
  }
  batch.size_ = std::min(count, samples_ - first);
  std::copy_n(order_.begin() + static_cast<std::ptrdiff_t>(first), batch.size_,
              batch.index_.begin());
  const std::span<const std::uint32_t> index = std::span(batch.index_).first(batch.size_);
  const std::size_t rows = steps_ * shape_.envs;
  kernels::gather_rows(observation_.matrix().rows_from(0, rows), index, batch.observation());
  if (shape_.action_size == 0) {
    kernels::gather_values(rows_of(discrete_action_), index,
                           std::span(batch.discrete_action_).first(batch.size_));
  } else {
    kernels::gather_rows(continuous_action_.matrix().rows_from(0, rows), index,
                         batch.continuous_action());
  }
  const auto gather = [&](const std::vector<float>& from, std::vector<float>& to) {
    kernels::gather_values(std::span<const float>(from).first(rows), index,
                           std::span(to).first(batch.size_));
  };
  gather(log_prob_, batch.log_prob_);
  gather(value_, batch.value_);
  gather(returns_, batch.returns_);
  gather(advantage_, batch.advantage_);
}

}  // namespace pavlov::replay
