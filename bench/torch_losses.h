// The losses of the agents written with LibTorch's operators and autograd: the baseline.
//
// LibTorch stays behind this header. It runs on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

// A loss as a function of one matrix, the network's output, with everything else fixed.
class TorchLoss {
 public:
  // QR-DQN as SB3-contrib writes it: all pairwise differences as one tensor (B,N,M).
  static TorchLoss quantile_huber(kernels::ConstMatrixView quantiles,
                                  kernels::ConstMatrixView target);

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

}  // namespace pavlov::bench
