// PPO and A2C on the CUDA device: agents/ppo.h and a2c.h with networks, losses and optimizer in
// device memory.
//
// A2C is PPO with one epoch, one minibatch and no clipping, see a2c.h. The same config, initial
// networks and random draws. A round copies the rollout to the device once; the host estimates
// advantages from the values that come back, and shuffles the indices of the minibatches. A
// minibatch is one graph, captured at its second repetition: it finds its indices and its step's
// numbers by a cursor in device memory (kernels/cuda/cursor.h), gathers its samples, normalizes
// their advantages, and learns; what it saw is read after the round. So the host waits once a
// round, or with target_kl, where it has to judge, once a minibatch. Acting is a graph too.
//
// Differs from the agents of the processor: sums are added in another order, so results agree up to
// rounding, not in bits; where a loss is not finite, the minibatches after it are gone through, but
// none of them steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/nets/cuda/actor_critic.h"
#include "pavlov/nets/cuda/optimizer.h"

namespace pavlov::agents::cuda {

class PolicyActing;

class Ppo final : public OnPolicyAgent {
 public:
  // As agents::Ppo and agents::A2c, for `envs` environments. Throws std::runtime_error where there
  // is no device.
  Ppo(const PpoConfig& config, std::size_t observation_size, const envs::Space& action_space,
      std::size_t envs, std::uint64_t seed);
  Ppo(const A2cConfig& config, std::size_t observation_size, const envs::Space& action_space,
      std::size_t envs, std::uint64_t seed);
  ~Ppo() override;

  std::size_t n_steps() const override { return config_.n_steps; }
  PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) override;
  double discount() const override { return config_.gamma; }
  // A copy on the host, brought up to date by this call.
  const nets::ActorCritic& model() const override;

 private:
  struct Learning;
  struct Minibatch;

  Ppo(std::string_view name, const PpoConfig& config, const nets::OptimizerConfig& optimizer,
      std::size_t observation_size, const envs::Space& action_space, std::size_t envs,
      std::uint64_t seed);

  void draw_actions(const replay::RolloutSlot& slot) override;
  Learning& learning_of(const replay::RolloutBuffer& rollout);
  // Whether the minibatch stepped: it does not where it is beyond target_kl.
  bool learn_minibatch(std::size_t size, const Objective& objective, Learning& work);
  // Of the first `count` minibatches of a round; throws where one was not finite.
  void read_records(const Learning& work, std::size_t count, const Progress& progress,
                    StatsMeans& means) const;
  void enqueue_judging(std::size_t size, const Objective& objective, Learning& work);
  void enqueue_descent(std::size_t size, Learning& work);

  const PpoConfig config_;
  const bool continuous_;
  nets::ActorCritic& host_;  // the copy
  mutable bool host_is_current_ = true;
  kernels::cuda::Stream stream_;
  nets::cuda::ActorCritic network_;
  const std::unique_ptr<nets::cuda::Optimizer> optimizer_;
  std::unique_ptr<PolicyActing> acting_;  // of one number of environments
  std::unique_ptr<Learning> learning_;    // of the rollouts of this agent
};

}  // namespace pavlov::agents::cuda
