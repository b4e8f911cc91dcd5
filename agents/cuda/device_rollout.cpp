#include "pavlov/agents/cuda/device_rollout.h"

#include <algorithm>

namespace pavlov::agents::cuda {
namespace {

using kernels::ConstMatrixView;
using kernels::Device;

constexpr std::size_t kValueRows = std::size_t{1} << 14;  // that the critic sees at once

}  // namespace

DeviceRollout::DeviceRollout(const nets::cuda::ActorCritic& network, std::size_t samples,
                             std::size_t envs, bool continuous, std::size_t minibatches,
                             std::size_t batch)
    : observation({samples + envs, network.config().inputs}, Device::cuda),
      value({samples + envs}, Device::cuda),
      log_prob({samples}, Device::cuda),
      returns({samples}, Device::cuda),
      advantage({samples}, Device::cuda),
      action(samples, network.config().outputs, continuous),
      order({minibatches, batch}, Device::cuda),
      final_observation_({std::min(kValueRows, samples), network.config().inputs}, Device::cuda),
      final_value_({std::min(kValueRows, samples)}, Device::cuda),
      tape_(network.make_tape(std::min(kValueRows, samples + envs), false)),
      order_given_(minibatches * batch) {}

void DeviceRollout::fill_values(kernels::cuda::Stream& stream,
                                const nets::cuda::ActorCritic& network,
                                replay::RolloutBuffer& rollout) {
  const ConstMatrixView observations = rollout.observations();
  const std::span<float> values = rollout.values();
  stream.copy(observation.data(), observations.data,
              observations.rows * observations.cols * sizeof(float));
  for (std::size_t begin = 0; begin < values.size(); begin += kValueRows) {
    const std::size_t rows = std::min(kValueRows, values.size() - begin);
    network.forward(stream, observation.matrix().rows_from(begin, rows), {},
                    value.span().subspan(begin, rows), tape_);
  }
  stream.copy(values.data(), value.data(), values.size_bytes());

  const ConstMatrixView finals = rollout.final_observations();
  const std::span<float> final_values = rollout.final_values();
  const std::size_t most = final_value_.size();
  for (std::size_t begin = 0; begin < finals.rows; begin += most) {
    const std::size_t rows = std::min(most, finals.rows - begin);
    stream.copy(final_observation_.data(), finals.data + begin * finals.cols,
                rows * finals.cols * sizeof(float));
    network.forward(stream, final_observation_.matrix().rows_from(0, rows), {},
                    final_value_.span().first(rows), tape_);
    stream.copy(final_values.data() + begin, final_value_.data(), rows * sizeof(float));
  }
  stream.synchronize();
}

void DeviceRollout::send_samples(kernels::cuda::Stream& stream,
                                 const replay::RolloutBuffer& rollout) {
  const auto send = [&](auto& to, const auto* from, std::size_t count) {
    stream.copy(to.data(), from, count * sizeof(*from));
  };
  const std::size_t samples = rollout.samples();
  send(log_prob, rollout.log_probs().data(), samples);
  send(returns, rollout.returns().data, samples);
  send(advantage, rollout.advantages().data, samples);
  send(action.discrete, rollout.discrete_actions().data(), rollout.discrete_actions().size());
  const ConstMatrixView continuous = rollout.continuous_actions();
  send(action.continuous, continuous.data, continuous.rows * continuous.cols);
}

void DeviceRollout::send_order(kernels::cuda::Stream& stream, const replay::RolloutBuffer& rollout,
                               std::size_t first) {
  const std::span<const std::uint32_t> samples = rollout.order();
  const std::size_t begin = first * order.dim(1);
  std::ranges::copy(samples, order_given_.data() + begin);
  stream.copy(order.data() + begin, order_given_.data() + begin, samples.size_bytes());
}

}  // namespace pavlov::agents::cuda
