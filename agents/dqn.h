// DQN: deep Q-learning with a replay buffer and a target network; double DQN as an option.
//
// Papers: Mnih et al. 2015 (Nature 518:529), van Hasselt et al. 2016 (arXiv:1509.06461).
// Reference: Stable-Baselines3 2.x `dqn.py`, whose names and defaults the options take.
//
//   y = r + d max_a Q_target(s', a)              d = gamma, or 0 where s' is terminal
//
//   y = r + d Q_target(s', argmax_a Q(s', a))    with double_q
//
//   loss = mean over the batch of Huber_1(Q(s, a) - y), or of (Q(s, a) - y)^2
//
// Differs from the paper: Adam in place of RMSprop, and the discount of the bootstrap term is
// stored per transition, so that a truncated episode is never treated as terminated. Differs from
// Stable-Baselines3: double_q, an optional linear decay of the learning rate, Adam's epsilon is an
// option, the target interval is counted in environment steps whatever the number of environments,
// and the target follows right after the first gradient update at which that many have passed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/agents/agent.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/backend.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::agents {

enum class Loss : std::uint8_t { huber, mse };

struct DqnConfig {
  std::vector<std::size_t> hidden = {64, 64};  // widths of the hidden layers (SB3)
  kernels::Activation activation = kernels::Activation::relu;
  nets::Backend backend = nets::Backend::native;  // who computes the network
  double learning_rate = 1e-4;                    // > 0 (SB3)
  double learning_rate_final = -1.0;  // reached linearly at the end of the run; < 0: constant
  double adam_epsilon = 1e-8;         // > 0 (PyTorch)
  double gamma = 0.99;                // discount, [0, 1]
  Loss loss = Loss::huber;            // SB3: smooth L1, which is Huber with kappa 1
  double max_grad_norm = 10.0;        // global norm of the gradient; 0: no limit (SB3)
  bool double_q = false;              // van Hasselt et al. 2016
  double tau = 1.0;                   // weight of the online network in a target update, (0, 1]
  std::int64_t target_update_interval = 10000;  // environment steps between target updates, >= 0;
                                                // 0: after every gradient update (SB3: 10000)
  double exploration_initial_eps = 1.0;         // [0, 1]
  double exploration_final_eps = 0.05;          // [0, 1]
  double exploration_fraction = 0.1;  // share of the run over which it falls linearly, [0, 1]
};

// Throws std::invalid_argument "[dqn] <field> <value>: must be ..." for the first field outside its
// range.
void validate(const DqnConfig& config);

class Dqn final : public Agent {
 public:
  // Network (observation_size -> actions) drawn from stream "init" of `seed`; exploration from
  // stream "exploration".
  Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
      std::uint64_t seed);
  // Learns with a network of yours (observation_size -> actions), which must not be null, in place
  // of the one that `hidden`, `activation` and `backend` describe.
  Dqn(const DqnConfig& config, std::unique_ptr<nets::Network> network, std::uint64_t seed);

  void act(ConstMatrixView observation, const Progress& progress,
           std::span<std::int32_t> action) override;
  LearnStats learn(const replay::ReplayBatch& batch, const Progress& progress) override;
  double exploration(const Progress& progress) const override;
  double discount() const override { return config_.gamma; }
  const nets::Network& network() const override { return *online_; }

 private:
  // Buffers of one batch size; made at the first update.
  struct Workspace {
    explicit Workspace(std::size_t batch, std::size_t actions);
    kernels::Tensor q, q_next_online, q_next_target, dq;            // (B, actions)
    std::vector<float> prediction, target, bootstrap, dprediction;  // (B)
    std::vector<std::int32_t> next_action;                          // (B)
  };

  void compute_target(const replay::ReplayBatch& batch);
  void update_target(const Progress& progress);
  double learning_rate(const Progress& progress) const;

  const DqnConfig config_;
  const std::unique_ptr<nets::Network> online_;
  const std::unique_ptr<nets::Network> target_;
  nets::Adam optimizer_;
  kernels::RandomStream random_;
  std::int64_t last_target_update_ = 0;          // in environment steps
  nets::Tape tape_;                              // of the online network at s
  nets::Tape next_tape_{.for_backward = false};  // of either network at s'
  nets::Tape act_tape_{.for_backward = false};
  kernels::Tensor act_values_;
  std::unique_ptr<Workspace> work_;
};

}  // namespace pavlov::agents
