// DQN on the CUDA device: agents/dqn.h with its networks, loss and optimizer in device memory.
//
// The same config, initial network and random draws. An update is one graph, captured at its second
// repetition: copy of the batch, both forward passes, target, loss, backward, clipping, Adam, and
// the way back of loss, norm and priorities; the host waits for it once. So is acting, for a number
// of environments. Differs from agents/dqn.h: sums over a batch or over all parameters are added in
// another order, so results agree up to rounding, not in bits. The same seed gives the same result
// in every run on one kind of device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/off_policy_agent.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/nets/cuda/adam.h"
#include "pavlov/nets/cuda/mlp.h"

namespace pavlov::agents::cuda {

// Which option of `config` this agent does not have, and the way out, such as "backend torch: must
// be native on a CUDA device"; empty where it has them all.
std::string missing_option(const DqnConfig& config);

class Dqn final : public OffPolicyAgent {
 public:
  // As agents::Dqn. Throws std::invalid_argument for an option it does not have, and
  // std::runtime_error where there is no device.
  Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
      std::uint64_t seed);
  ~Dqn() override;

  void act(ConstMatrixView observation, const Progress& progress,
           std::span<std::int32_t> action) override;
  LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) override;
  double exploration(const Progress& progress) const override;
  double discount() const override { return config_.gamma; }
  // A copy on the host, brought up to date by this call.
  const nets::Network& network() const override;
  ActionHead action_head() const override { return {.actions = online_.config().outputs}; }

 private:
  struct Acting;
  struct Learning;

  void enqueue_acting(Acting& work);
  void enqueue_update(Learning& work);
  void update_target(const Progress& progress);

  const DqnConfig config_;
  mutable nets::Mlp host_;
  mutable bool host_is_current_ = true;
  kernels::cuda::Stream stream_;
  nets::cuda::Mlp online_;
  nets::cuda::Mlp target_;
  nets::cuda::Adam optimizer_;
  kernels::RandomStream random_;
  std::int64_t last_target_update_ = 0;  // in environment steps
  std::unique_ptr<Acting> acting_;       // of one number of environments
  std::unique_ptr<Learning> learning_;   // of one batch size
};

}  // namespace pavlov::agents::cuda
