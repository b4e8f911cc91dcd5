// DeviceRollout: a rollout in device memory, and the order in which its samples are learnt.
//
// The twin of replay/rollout_buffer.h for an agent that learns on the device: the critic gives the
// values there, the host estimates advantages from them, and then all columns are there once for
// all minibatches of a round. Shapes: T steps, N environments, S = T N samples, B minibatch.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/agents/cuda/device_actions.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/nets/cuda/actor_critic.h"
#include "pavlov/replay/rollout_buffer.h"

namespace pavlov::agents::cuda {

struct DeviceRollout {
  // For up to `samples` samples of `envs` environments, and a round of up to `minibatches`
  // minibatches of up to `batch` samples.
  DeviceRollout(const nets::cuda::ActorCritic& network, std::size_t samples, std::size_t envs,
                bool continuous, std::size_t minibatches, std::size_t batch);

  // Sends the observations, and fills the values of `rollout`; waits for them.
  void fill_values(kernels::cuda::Stream& stream, const nets::cuda::ActorCritic& network,
                   replay::RolloutBuffer& rollout);
  // Sends the other columns, advantages and returns among them.
  void send_samples(kernels::cuda::Stream& stream, const replay::RolloutBuffer& rollout);
  // Sends the order of the samples, which fills the minibatches from number `first` on side by
  // side. What was sent there before must be through.
  void send_order(kernels::cuda::Stream& stream, const replay::RolloutBuffer& rollout,
                  std::size_t first);

  kernels::Tensor observation;                   // (S+N,O)
  kernels::Tensor value;                         // (S+N)
  kernels::Tensor log_prob, returns, advantage;  // (S)
  DeviceActions action;                          // (S) or (S,A)
  kernels::TensorOf<std::uint32_t> order;        // (minibatches, B) samples of each minibatch

 private:
  kernels::Tensor final_observation_, final_value_;  // a part of the final observations
  nets::cuda::ActorCriticTape tape_;
  kernels::cuda::PinnedArray<std::uint32_t> order_given_;
};

}  // namespace pavlov::agents::cuda
