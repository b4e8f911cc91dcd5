// A round of PPO written with LibTorch modules, autograd and Adam: the baseline.
//
// LibTorch stays behind this header.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pavlov/agents/ppo.h"
#include "pavlov/nets/parameter_buffer.h"
#include "pavlov/replay/rollout_buffer.h"

namespace pavlov::bench {

class TorchPpo {
 public:
  // Networks with the values of our ActorCritic: separate trunks, tanh, discrete actions. Losses
  // and Adam as the config has them, but neither schedules, clip_range_vf nor target_kl. `device`
  // is LibTorch's name: "cpu" or "cuda".
  TorchPpo(const nets::ParameterBuffer& parameters, const agents::PpoConfig& config,
           const char* device);
  ~TorchPpo();

  // Values of the rollout, advantages (by the rollout), then its epochs of minibatches, in the
  // order that `random` shuffles. Returns the mean loss of the policy.
  double learn(replay::RolloutBuffer& rollout, kernels::RandomStream& random);
  // Logits (rows, actions) for observations (rows, O).
  std::vector<float> logits(kernels::ConstMatrixView observation) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// LibTorch's version where it can use a CUDA device, else empty; its CUDA half is loaded by this
// call.
std::string torch_cuda_description();

}  // namespace pavlov::bench
