// ActorCritic: a policy network and a value network in one parameter buffer.
//
// Separate trunks (the default) share nothing: policy.layers.<k>.* and value.layers.<k>.*, each an
// Mlp. With shared_trunk one Mlp has the policy's outputs and the value side by side: layers.<k>.*.
// A continuous policy adds log_std (1,A), which no observation changes.
//
// Initial weights are orthogonal with gain sqrt(2), 0.01 in the policy's last layer and 1 in the
// value's, biases 0 (Huang et al. 2022, "The 37 implementation details of PPO", detail 2; Stable-
// Baselines3 and CleanRL). On observations of a few numbers a shared trunk learns less well
// (Andrychowicz et al. 2021, arXiv:2006.05990, section 3.2).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/nets/network.h"

namespace pavlov::nets {

struct ActorCriticConfig {
  std::size_t inputs = 0;                      // O, >= 1
  std::vector<std::size_t> hidden = {64, 64};  // widths of the hidden layers of each trunk
  std::size_t outputs = 0;                     // A of the policy: logits or means, >= 1
  kernels::Activation activation = kernels::Activation::tanh;  // of the hidden layers
  bool shared_trunk = false;
  bool log_std = false;  // whether there is one
};

// What backward needs; see Tape.
struct ActorCriticTape {
  explicit ActorCriticTape(bool for_backward = true)
      : policy{.for_backward = for_backward}, value{.for_backward = for_backward} {}

  Tape policy;           // of the one network with a shared trunk
  Tape value;            // unused then
  kernels::Tensor both;  // (>= B, A+1) outputs of the shared trunk, or their gradient
};

class ActorCritic {
 public:
  // All values zero. Throws std::invalid_argument as mlp_parameters.
  explicit ActorCritic(ActorCriticConfig config);

  const ActorCriticConfig& config() const { return config_; }

  // Draws all weights; log_std becomes `log_std_init` everywhere.
  void initialize(kernels::RandomStream& random, double log_std_init = 0.0);

  // policy (B,A) and value (B) of x (B,O).
  void forward(ConstMatrixView x, MatrixView policy, std::span<float> value,
               ActorCriticTape& tape) const;
  // One of the two alone; nothing for backward.
  void forward_policy(ConstMatrixView x, MatrixView policy, ActorCriticTape& tape) const;
  void forward_value(ConstMatrixView x, std::span<float> value, ActorCriticTape& tape) const;
  // Adds the gradient of the parameters from those at the outputs of the last forward of both.
  // Overwrites d_policy (B,A) and d_value (B).
  void backward(MatrixView d_policy, std::span<float> d_value, ActorCriticTape& tape);

  ParameterBuffer& parameters() { return parameters_; }
  const ParameterBuffer& parameters() const { return parameters_; }
  // (1,A); empty where there is none.
  ConstMatrixView log_std() const;
  MatrixView log_std_gradient();

  // The network that acts: its first A outputs are the policy's. Its clone stands alone.
  const Network& policy_network() const { return *policy_; }

 private:
  void reserve_both(ActorCriticTape& tape, std::size_t batch) const;

  const ActorCriticConfig config_;
  ParameterBuffer parameters_;
  std::unique_ptr<Mlp> policy_;  // on slices of parameters_
  std::unique_ptr<Mlp> value_;   // null with a shared trunk
};

}  // namespace pavlov::nets
