// Dqn on the CUDA device: agents/dqn.h with all its options, its networks, loss and optimizer in
// device memory.
//
// The same config, initial network and random draws, noise included. An update is one graph,
// captured at its second repetition: copy of the batch, noise, the forward passes, target, loss,
// backward, clipping, Adam, and the way back of loss, norm and priorities; the host waits for it
// once. So is acting, for a number of environments. Differs from agents/dqn.h: sums over a batch or
// over all parameters are added in another order, so results agree up to rounding, not in bits. The
// same seed gives the same result in every run on one kind of device. With gradient_accumulation, a
// batch whose loss is not finite takes the batches before it along: the step begins anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pavlov/agents/acting_noise.h"
#include "pavlov/agents/cuda/noise_source.h"
#include "pavlov/agents/dqn.h"
#include "pavlov/agents/off_policy_agent.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/nets/cuda/network.h"
#include "pavlov/nets/cuda/optimizer.h"

namespace pavlov::agents::cuda {

// Which option of `config` this agent does not have, and the way out: "backend torch: must be
// native on a CUDA device"; empty where it has them all.
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
  ActionHead action_head() const override { return head_; }

 private:
  struct Acting;
  struct Learning;

  void enqueue_acting(Acting& work);
  void enqueue_target(Learning& work);
  void enqueue_gradient(Learning& work);
  void enqueue_step(Learning& work);
  // Draws of noise that an update takes.
  std::uint64_t draws() const { return config_.double_q ? 3 : 2; }
  void update_target(const Progress& progress);

  const DqnConfig config_;
  const ActionHead head_;
  const std::unique_ptr<nets::Network> host_;
  mutable bool host_is_current_ = true;
  kernels::cuda::Stream stream_;
  nets::cuda::Network online_;
  nets::cuda::Network target_;
  const std::unique_ptr<nets::cuda::Optimizer> optimizer_;
  kernels::RandomStream random_;
  NoiseSource noise_;
  ActingNoise acting_noise_;
  int accumulated_ = 0;                  // batches since the last step
  double gradient_norm_ = 0.0;           // of the last step
  std::int64_t last_target_update_ = 0;  // in environment steps
  std::unique_ptr<Acting> acting_;       // of one number of environments
  std::unique_ptr<Learning> learning_;   // of one batch size
};

}  // namespace pavlov::agents::cuda
