// OnPolicyAgent: what policy-gradient agents share, and what the on-policy loop asks of them.
//
// An actor-critic, its distribution over actions, and the step that all of them take on a
// minibatch: the loss
//
//   L = policy_loss - ent_coef entropy + vf_coef value_loss
//
// with the clipped surrogate of kernels/policy_loss.h as policy_loss, mean((V - target)^2) as
// value_loss (Stable-Baselines3; CleanRL's is half of it), and its gradient at the network's
// outputs. An algorithm adds how advantages are estimated and how often a rollout is used.
//
// A step of the environments takes one forward pass, of the policy alone. Log-probabilities are
// kept as the policy gave them; the critic sees the whole rollout at once after its last step,
// which gives the same bits (no kernel lets a row depend on the batch around it).
//
// Actions outside the environment's bounds are clipped on their way to it, or squashed; losses see
// them as they were drawn. Normalized observations and rewards are the environment's matter, by
// envs/wrappers/; normalized_by tells the policy.
//
// Shapes: N environments, O observation dimensions, A actions or action dimensions, B minibatch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "pavlov/agents/agent.h"
#include "pavlov/envs/spaces.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/action_distribution.h"
#include "pavlov/nets/actor_critic.h"
#include "pavlov/nets/optimizer.h"
#include "pavlov/replay/rollout_buffer.h"

namespace pavlov::agents {

// The networks of a policy-gradient agent.
struct PolicyNetworkConfig {
  std::vector<std::size_t> hidden = {64, 64};  // widths of the hidden layers of each trunk (SB3)
  kernels::Activation activation = kernels::Activation::tanh;  // of the hidden layers (SB3)
  bool shared_trunk = false;                                   // one trunk for policy and value
  double log_std_init = 0.0;    // of continuous actions, in [-20, 2] (SB3: 0)
  bool squash_actions = false;  // continuous actions go through tanh into their bounds, which must
                                // be finite; else they are clipped
};

// What one round of learning saw: means over its minibatches.
struct PolicyGradientStats {
  double policy_loss = 0.0;
  double value_loss = 0.0;
  double entropy = 0.0;
  double approx_kl = 0.0;           // Schulman's estimator k3 of KL(old policy, new policy)
  double clip_fraction = 0.0;       // share of samples whose ratio is outside the clip range
  double explained_variance = 0.0;  // of the targets, by the values before the round
  double gradient_norm = 0.0;       // before clipping
  double learning_rate = 0.0;
  std::int64_t updates = 0;  // minibatches that were learnt
};

class OnPolicyAgent : public Agent {
 public:
  // Steps of every environment between two rounds of learning, >= 1; 0: one whole episode of each.
  virtual std::size_t n_steps() const = 0;
  // One round of learning. `rollout` has its steps and nothing else; `progress` counts them. Throws
  // std::runtime_error where a loss is not finite.
  virtual PolicyGradientStats learn(replay::RolloutBuffer& rollout, const Progress& progress) = 0;

  // Draws an action for each row of slot.observation (N,O) into the slot, and returns what the
  // environments are to be given: valid until the next call.
  envs::ActionView act(const replay::RolloutSlot& slot);

  const nets::Network& network() const final { return model().policy_network(); }
  ActionHead action_head() const final { return head_; }
  ObservationNormalization observation_normalization() const final;
  double exploration(const Progress&) const final { return 1.0; }  // every action is drawn
  virtual const nets::ActorCritic& model() const { return model_; }

  // Observations reach the agent normalized by statistics that `source` knows: for the policies
  // that are made of it.
  void normalized_by(std::function<ObservationNormalization()> source) {
    normalization_ = std::move(source);
  }

 protected:
  // `name` opens error messages; it must outlive the agent. The networks are drawn from stream
  // "init" of `seed`, actions from "actions", the order of minibatches from "minibatches". Throws
  // std::invalid_argument for a config out of range, or actions that cannot be squashed.
  OnPolicyAgent(std::string_view name, const PolicyNetworkConfig& config,
                const nets::OptimizerConfig& optimizer, std::size_t observation_size,
                const envs::Space& action_space, std::uint64_t seed);

  // How a minibatch is judged.
  struct Objective {
    double clip_range = 0.0;     // > 0; infinity: never clips
    double clip_range_vf = 0.0;  // around the values of the rollout; 0: not clipped
    double ent_coef = 0.0;
    double vf_coef = 0.0;
    bool normalize_advantage = false;  // to mean 0 and deviation 1 of the minibatch
  };
  struct Losses {
    double policy = 0.0, value = 0.0, entropy = 0.0, approx_kl = 0.0, clip_fraction = 0.0;
  };
  // Means over the minibatches of a round.
  class StatsMeans {
   public:
    StatsMeans(double explained_variance, double learning_rate)
        : stats_{.explained_variance = explained_variance, .learning_rate = learning_rate} {}
    void add(const Losses& losses, double gradient_norm);
    PolicyGradientStats take() const;

   private:
    PolicyGradientStats stats_;  // sums
  };
  // The share of the run that was spent when the rollout began.
  static double fraction_before(const replay::RolloutBuffer& rollout, Progress progress);

  // Fills the values of a rollout.
  void fill_values(replay::RolloutBuffer& rollout);
  // Losses of a minibatch with the gradients at the outputs. Throws std::runtime_error where one is
  // not finite.
  Losses judge(replay::RolloutBatch& batch, const Objective& objective, const Progress& progress);
  // Takes the gradient of the last losses to the parameters and steps. Returns its norm.
  double descend(replay::RolloutBatch& batch, double learning_rate, double max_grad_norm);
  // A round of one step, on all samples of the rollout at once.
  PolicyGradientStats learn_at_once(const replay::RolloutBuffer& rollout,
                                    const Objective& objective, double learning_rate,
                                    double max_grad_norm, const Progress& progress);
  // Only the first half of descend: the gradient is in parameters().
  void differentiate(replay::RolloutBatch& batch);

  // A batch with room for `capacity` samples of the agent's rollouts; made anew only to grow.
  replay::RolloutBatch& batch_of(std::size_t capacity, const replay::RolloutShape& shape);

  // Draws the actions of a slot, with their log-probabilities, from action_random().
  virtual void draw_actions(const replay::RolloutSlot& slot);
  // Throws std::runtime_error for the first loss that is not finite.
  void check_finite(const Losses& losses, const Progress& progress) const;

  std::string_view name() const { return name_; }
  nets::ActorCritic& own_model() { return model_; }
  kernels::RandomStream& action_random() { return action_random_; }
  kernels::RandomStream& minibatch_random() { return minibatch_random_; }

 private:
  // Columns of the largest minibatch so far.
  struct Workspace {
    Workspace(std::size_t batch, std::size_t outputs);
    kernels::Tensor outputs, d_outputs;                 // (B,A)
    std::vector<float> value, log_prob, entropy;        // (B)
    std::vector<float> d_value, d_log_prob, d_entropy;  // (B)
  };

  const std::string_view name_;
  nets::ActorCritic model_;
  ActionHead head_;
  std::unique_ptr<nets::ActionDistribution> distribution_;
  std::unique_ptr<nets::Optimizer> optimizer_;
  std::function<ObservationNormalization()> normalization_;
  kernels::RandomStream action_random_;
  kernels::RandomStream minibatch_random_;
  nets::ActorCriticTape tape_;
  nets::ActorCriticTape act_tape_{false};
  nets::ActorCriticTape value_tape_{false};
  kernels::Tensor act_outputs_;  // (>= N, A)
  kernels::Tensor env_action_;   // (>= N, A) continuous actions as the environments take them
  std::unique_ptr<Workspace> work_;
  std::unique_ptr<replay::RolloutBatch> batch_;
};

// Throws std::invalid_argument "[<name>] <field> ...: must be ..." for the first field outside its
// range.
void validate(const PolicyNetworkConfig& config, std::string_view name);

}  // namespace pavlov::agents
