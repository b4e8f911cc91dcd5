// PolicyActing: a policy on the device draws the actions of a number of environments.
//
// One graph, captured at its second repetition: copy of the observations and of random numbers,
// which the host draws as nets/action_distribution.h does, forward pass, draws, log-probabilities,
// and the way back. The host waits for it once.
#pragma once

#include <cstddef>

#include "pavlov/agents/cuda/device_actions.h"
#include "pavlov/agents/cuda/repeated.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/cuda/actor_critic.h"
#include "pavlov/replay/rollout_buffer.h"

namespace pavlov::agents::cuda {

class PolicyActing {
 public:
  // For `rows` environments; the network must outlive it. Throws std::runtime_error without memory
  // enough.
  PolicyActing(const nets::cuda::ActorCritic& network, std::size_t rows, bool continuous);

  std::size_t rows() const { return rows_; }

  // Fills the actions of the slot and their log-probabilities.
  void draw(kernels::cuda::Stream& stream, kernels::RandomStream& random,
            const replay::RolloutSlot& slot);

 private:
  void enqueue(kernels::cuda::Stream& stream);

  const nets::cuda::ActorCritic& network_;
  const bool continuous_;
  const std::size_t rows_, inputs_, actions_;
  const std::size_t randoms_;                // uniform numbers (N), or normal ones (N,A)
  kernels::cuda::PinnedArray<float> given_;  // observation (N,O), then the random numbers
  kernels::Tensor arrived_;                  // the same
  kernels::Tensor outputs_, log_p_;          // (N,A)
  kernels::Tensor log_prob_, entropy_;       // (N)
  DeviceActions action_;                     // (N) or (N,A)
  kernels::cuda::PinnedArray<std::int32_t> discrete_back_;
  kernels::cuda::PinnedArray<float> continuous_back_, log_prob_back_;
  nets::cuda::ActorCriticTape tape_;
  Repeated work_;
};

}  // namespace pavlov::agents::cuda
