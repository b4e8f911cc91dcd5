// Returns and advantages of a rollout: discounted returns, generalized advantage estimation.
//
// Schulman et al. 2016 (arXiv:1506.02438), eq. 16. Differs: an episode has two kinds of end. A
// terminal state is worth nothing; at a truncation the rest of the episode is estimated by the
// value of its final observation, the one before the automatic reset. Neither lets anything of the
// next episode through. Shapes: T steps, N environments. Recursions run backwards in double, one
// environment per lane, and are rounded to float32 once per output; no result depends on the number
// of threads. NaN passes through to the earlier steps of its episode. Wrong sizes throw
// std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// Row t: what step t of every environment gave. Every row is a transition: no row of a step that
// only resets.
struct Rollout {
  ConstMatrixView reward;                          // (T,N)
  BasicMatrixView<const std::uint8_t> terminated;  // (T,N) 1: ended in a terminal state
  BasicMatrixView<const std::uint8_t>
      truncated;  // (T,N) 1: cut off. Both may be 1: terminated counts
  // (T,N) value of the final observation; read only where truncated and not terminated
  ConstMatrixView final_value;
  // (N) value of the observation after step T - 1; not read where that step ended an episode
  std::span<const float> next_value;
};

// returns (T,N)[t] = reward[t] + discount * G, where G = 0 where terminated, final_value[t] where
// truncated, else returns[t+1], or next_value after the last step. discount in [0,1].
void discounted_returns(const Rollout& rollout, double discount, MatrixView returns);

// From value (T,N)[t], the value of the observation before step t:
//   delta[t] = reward[t] + discount * V - value[t], with V = 0 where terminated, final_value[t]
//   where
//              truncated, else value[t+1], or next_value after the last step
//   advantage (T,N)[t] = delta[t] + discount * lambda * advantage[t+1], or delta[t] alone where the
//                        episode ended and at the last step
//   returns (T,N)[t] = advantage[t] + value[t]; skipped where `returns` is empty
// discount and lambda in [0,1].
void generalized_advantages(const Rollout& rollout, ConstMatrixView value, double discount,
                            double lambda, MatrixView advantage, MatrixView returns);

}  // namespace pavlov::kernels
