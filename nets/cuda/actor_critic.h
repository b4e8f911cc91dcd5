// ActorCritic on the CUDA device: the twin of nets/actor_critic.h, in one flat device buffer.
//
// As network.h: everything is enqueued on a stream and can be captured.
#pragma once

#include <cstddef>
#include <span>

#include "pavlov/nets/actor_critic.h"
#include "pavlov/nets/cuda/chain.h"

namespace pavlov::nets::cuda {

// What backward needs, for batches of up to some number of rows.
class ActorCriticTape {
  friend class ActorCritic;
  Chain::Tape policy_;    // of the one network with a shared trunk
  Chain::Tape value_;     // unused then
  kernels::Tensor both_;  // (batch, A+1) outputs of the shared trunk, or their gradient
};

class ActorCritic {
 public:
  // With the values of `host`. Throws std::runtime_error where there is no device.
  explicit ActorCritic(const nets::ActorCritic& host);

  const ActorCriticConfig& config() const { return config_; }
  ActorCriticTape make_tape(std::size_t batch, bool for_backward = true) const;

  // policy (B,A) and value (B) of x (B,O); one of them may be empty, and is left out.
  void forward(Stream& stream, ConstMatrixView x, MatrixView policy, std::span<float> value,
               ActorCriticTape& tape) const;
  // Adds the gradient of the parameters from those at the outputs of the last forward of both.
  // Overwrites d_policy (B,A) and d_value (B).
  void backward(Stream& stream, MatrixView d_policy, std::span<float> d_value,
                ActorCriticTape& tape);

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  // (1,A); empty where there is none.
  ConstMatrixView log_std() const;
  MatrixView log_std_gradient();

 private:
  // The columns of the policy, or that of the value, in the outputs of a shared trunk.
  MatrixView policy_of(MatrixView both) const;
  MatrixView value_of(MatrixView both) const;

  const ActorCriticConfig config_;
  Parameters parameters_;
  Chain policy_;
  Chain value_;  // empty with a shared trunk
};

}  // namespace pavlov::nets::cuda
