// Dqn: the value-based agent. Deep Q-learning with a replay buffer and a target network, and the
// parts of Rainbow as independent options.
//
// Papers: Mnih et al. 2015 (Nature 518:529), van Hasselt et al. 2016 (arXiv:1509.06461), Hessel et
// al. 2018 (Rainbow, arXiv:1710.02298) and those it builds on, named in dqn_config.h.
// References: Stable-Baselines3 2.x `dqn.py`, whose names and defaults the options take; Dopamine's
// `full_rainbow_agent.py`.
//
//   y = r + d max_a Q_target(s', a)              d = gamma^n, or 0 where s' is terminal
//
//   y = r + d Q_target(s', argmax_a Q(s', a))    with double_q
//
//   loss = mean over the batch of w Huber_1(Q(s, a) - y), or of w (Q(s, a) - y)^2
//
// w are the importance weights of prioritized replay, d and r those of n-step returns: both come
// with the batch. A distribution of returns in place of Q has its own target and loss
// (value_loss/); actions are then chosen by its expectation.
//
// Differs from the papers: Adam in place of RMSprop, and the discount of the bootstrap term is
// stored per transition, so that a truncated episode is never treated as terminated. Differs from
// Stable-Baselines3: the options of Rainbow, a decay of the learning rate, Adam's epsilon is an
// option, the target interval is counted in environment steps whatever the number of environments,
// and the target follows right after the first gradient update at which that many have passed.
// Differs from Dopamine and CleanRL with noisy: the noise is drawn anew for every choice of
// actions, or every noise_interval steps of them, and three times for every update (online network
// at s and at s', target network at s'), each layer for itself; the policy plays the mean weights.
// One draw serves all environments of a choice and all samples of a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/agents/acting_noise.h"
#include "pavlov/agents/dqn_config.h"
#include "pavlov/agents/off_policy_agent.h"
#include "pavlov/agents/value_loss/value_loss.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/shape_pool.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::agents {

// ---- What the agent has in common with its twin on a device (cuda/dqn.h) ----

// Network (observation_size -> actions, with the numbers per action that config.distribution wants)
// drawn from stream "init" of `seed`.
std::unique_ptr<nets::Network> initial_network(const DqnConfig& config,
                                               std::size_t observation_size, std::size_t actions,
                                               std::uint64_t seed);
// Share of random actions, and the learning rate, at `progress`.
double exploration_share(const DqnConfig& config, const Progress& progress);
double learning_rate(const DqnConfig& config, const Progress& progress);
// Replaces a share `epsilon` of the actions by random ones. Two draws per row whether it explores
// or not: the stream's position depends on steps alone.
void explore(double epsilon, std::size_t actions, kernels::RandomStream& random,
             std::span<std::int32_t> action);
// Throws std::runtime_error where loss or gradient norm are not finite.
void check_finite(const LearnStats& stats, const Progress& progress);

class Dqn final : public OffPolicyAgent {
 public:
  // Network of initial_network; exploration from stream "exploration" of `seed`, the noise of noisy
  // layers from stream "noise".
  Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
      std::uint64_t seed);
  // Learns with a network of yours in place of the one that `hidden`, `activation`, `backend`,
  // `dueling` and `layer_norm` describe. It must not be null, and its outputs are those of
  // config.distribution for some number of actions.
  Dqn(const DqnConfig& config, std::unique_ptr<nets::Network> network, std::uint64_t seed);

  void act(ConstMatrixView observation, const Progress& progress,
           std::span<std::int32_t> action) override;
  // One of `gradient_accumulation` parts of a step; gradient_norm is that of the last step.
  LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) override;
  double exploration(const Progress& progress) const override {
    return exploration_share(config_, progress);
  }
  double discount() const override { return config_.gamma; }
  const nets::Network& network() const override { return *online_; }
  ActionHead action_head() const override { return head_; }
  // How often learn() found a workspace for the size of its batch.
  const kernels::PoolUse& workspace_use() const { return workspaces_.use(); }

 private:
  // Buffers of one batch size; made at the first update with it.
  struct Workspace {
    Workspace(std::size_t batch, std::size_t outputs, std::size_t actions);
    kernels::Tensor output, doutput, next_target;  // (B, outputs per action) of one action
    kernels::Tensor next_outputs;                  // (B, outputs) that choose the next action
    kernels::Tensor score;                         // (B, actions)
    std::vector<std::int32_t> next_action;         // (B)
    std::vector<std::int32_t> only;                // (B) zeros: the one action of output
    std::vector<float> value;                      // (B) of the action taken
  };

  void set_target(const replay::ReplayBatch& batch);
  // That of a choice for `envs` environments.
  void draw_acting_noise(std::size_t envs);
  double mean_value();
  // Steps where enough batches have added to the gradient.
  void step(const Progress& progress);
  void update_target(const Progress& progress);

  const DqnConfig config_;
  const std::unique_ptr<ValueLoss> loss_;
  const std::unique_ptr<nets::Network> online_;
  const std::unique_ptr<nets::Network> target_;
  const ActionHead head_;
  const ActionHead one_action_;  // the head of one action's outputs
  nets::Adam optimizer_;
  kernels::RandomStream random_;
  kernels::RandomStream noise_;
  ActingNoise acting_noise_;
  int accumulated_ = 0;                          // batches since the last step
  double gradient_norm_ = 0.0;                   // of the last step
  std::int64_t last_target_update_ = 0;          // in environment steps
  nets::Tape tape_;                              // of the online network at s
  nets::Tape next_tape_{.for_backward = false};  // of either network at s'
  nets::Tape act_tape_{.for_backward = false};
  kernels::Tensor act_outputs_;  // (>= N, outputs)
  kernels::Tensor act_scores_;   // (>= N, actions)
  kernels::ShapePool<Workspace> workspaces_;
  Workspace* work_ = nullptr;  // that of the running update
};

}  // namespace pavlov::agents
