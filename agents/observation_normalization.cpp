#include "pavlov/agents/observation_normalization.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::agents {

void validate(const ObservationNormalization& n, std::size_t observation_size) {
  if (n.empty() && n.scale.empty()) return;
  if (n.mean.size() != observation_size || n.scale.size() != observation_size) {
    kernels::throw_argument("normalization",
                            std::to_string(n.mean.size()) + " means and " +
                                std::to_string(n.scale.size()) + " scales: must be one per " +
                                "observation dimension, " + std::to_string(observation_size));
  }
  const bool finite = std::ranges::all_of(n.mean, [](float m) { return std::isfinite(m); });
  const bool positive =
      std::ranges::all_of(n.scale, [](float s) { return s > 0.0f && std::isfinite(s); });
  if (!finite || !positive || !(n.clip > 0.0f)) {
    kernels::throw_argument("normalization",
                            "means must be finite, scales and clip greater than 0");
  }
}

void normalize(const ObservationNormalization& n, kernels::ConstMatrixView observation,
               kernels::MatrixView out) {
  for (std::size_t b = 0; b < observation.rows; ++b) {
    for (std::size_t o = 0; o < observation.cols; ++o) {
      out(b, o) = std::clamp((observation(b, o) - n.mean[o]) * n.scale[o], -n.clip, n.clip);
    }
  }
}

}  // namespace pavlov::agents
