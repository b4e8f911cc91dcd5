// ObservationNormalization: fixed statistics that observations pass through before the network.
//
//   x <- clamp((x - mean) * scale, -clip, clip)        scale = 1 / sqrt(variance + epsilon)
//
// As Stable-Baselines3's VecNormalize and Gymnasium's NormalizeObservation do; the running
// statistics belong to whoever trains, this is what deployment needs of them.
#pragma once

#include <vector>

#include "pavlov/kernels/tensor.h"

namespace pavlov::agents {

struct ObservationNormalization {
  std::vector<float> mean = {};   // (O); empty: observations pass unchanged
  std::vector<float> scale = {};  // (O), > 0
  float clip = 10.0f;             // > 0 (Stable-Baselines3, CleanRL)

  bool empty() const { return mean.empty(); }
};

// Throws std::invalid_argument where it is neither empty nor `observation_size` finite means and
// positive scales with a positive clip.
void validate(const ObservationNormalization& normalization, std::size_t observation_size);

// out (B,O) from observation (B,O), which it may be; NaN stays NaN.
void normalize(const ObservationNormalization& normalization, kernels::ConstMatrixView observation,
               kernels::MatrixView out);

}  // namespace pavlov::agents
