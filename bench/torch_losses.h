// The losses of the agents written with LibTorch's operators and autograd: the baseline.
//
// LibTorch stays behind this header. It runs on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

// A loss as a function of one matrix, the network's output, with everything else fixed.
class TorchLoss {
 public:
  // QR-DQN as SB3-contrib writes it: all pairwise differences as one tensor (B,N,M).
  static TorchLoss quantile_huber(kernels::ConstMatrixView quantiles,
                                  kernels::ConstMatrixView target);
  // C51: -sum target log_softmax(logits of the action), the mean over the batch weighted.
  static TorchLoss categorical(kernels::ConstMatrixView logits,
                               std::span<const std::int32_t> action,
                               kernels::ConstMatrixView target, std::span<const float> weight);
  // PPO's surrogate as CleanRL writes it, with its approx_kl and clip fraction; and its value loss.
  static TorchLoss ppo_policy(std::span<const float> log_prob, std::span<const float> old_log_prob,
                              std::span<const float> advantage, double clip);
  static TorchLoss clipped_value(std::span<const float> value, std::span<const float> old_value,
                                 std::span<const float> target, double clip);

  ~TorchLoss();
  TorchLoss(TorchLoss&&) noexcept;
  TorchLoss& operator=(TorchLoss&&) noexcept;

  // Forward and backward; returns the loss.
  float step();
  // At the network's output, of the last step.
  std::vector<float> gradient() const;

 private:
  struct State;
  explicit TorchLoss(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// C51's target as a sequence of operators on (B,Z) and two index_add: arXiv:1707.06887, algorithm
// 1, with the usual care for atoms that land on an atom.
class TorchProjection {
 public:
  TorchProjection(const kernels::Support& support, kernels::ConstMatrixView probability,
                  std::span<const float> reward, std::span<const float> discount);
  ~TorchProjection();

  void step();
  std::vector<float> result() const;  // (B,Z) of the last step

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// clip_grad_norm_, Adam with PyTorch's defaults and zero_grad, over tensors of these sizes.
class TorchAdam {
 public:
  TorchAdam(std::span<const std::size_t> sizes, std::span<const float> value, double max_norm);
  ~TorchAdam();

  // Sets the gradient of all tensors, one after the other. Keep it out of the timing.
  void set_gradient(std::span<const float> gradient);
  void step();
  std::vector<float> result() const;  // values of all tensors, one after the other

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pavlov::bench
