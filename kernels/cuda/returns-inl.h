// Kernels of returns.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

struct RolloutTables {
  Table<const float> reward;
  Table<const std::uint8_t> terminated, truncated;
  Table<const float> final_value;
  const float* next_value;

  // What the rest of the episode of environment n is worth at the end of step t; `ahead` where it
  // goes on.
  PAVLOV_FN double worth(std::size_t t, std::size_t n, double ahead) const {
    if (terminated(t, n) != 0) return 0.0;
    return truncated(t, n) != 0 ? static_cast<double>(final_value(t, n)) : ahead;
  }
};

struct DiscountedReturns {
  RolloutTables rollout;
  double discount;
  Table<float> returns;

  PAVLOV_FN void operator()(std::size_t n) const {
    auto ahead = static_cast<double>(rollout.next_value[n]);
    for (std::size_t t = returns.rows; t-- > 0;) {
      ahead =
          ::fma(discount, rollout.worth(t, n, ahead), static_cast<double>(rollout.reward(t, n)));
      returns(t, n) = static_cast<float>(ahead);
    }
  }
};

struct GeneralizedAdvantages {
  RolloutTables rollout;
  Table<const float> value;
  double discount, decay;           // decay = discount * lambda
  Table<float> advantage, returns;  // returns.data may be null

  PAVLOV_FN void operator()(std::size_t n) const {
    auto ahead = static_cast<double>(rollout.next_value[n]);
    double later = 0.0;
    for (std::size_t t = advantage.rows; t-- > 0;) {
      const auto here = static_cast<double>(value(t, n));
      const double delta = ::fma(discount, rollout.worth(t, n, ahead),
                                 static_cast<double>(rollout.reward(t, n)) - here);
      // selected, not multiplied by a flag: NaN and infinity stop at the end of an episode too
      if (rollout.terminated(t, n) != 0 || rollout.truncated(t, n) != 0) later = 0.0;
      later = ::fma(decay, later, delta);
      advantage(t, n) = static_cast<float>(later);
      if (returns.data != nullptr) returns(t, n) = static_cast<float>(later + here);
      ahead = here;
    }
  }
};

}  // namespace pavlov::kernels::cuda
