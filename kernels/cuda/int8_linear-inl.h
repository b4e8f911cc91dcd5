// Kernels of int8_linear.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/linear-inl.h"

namespace pavlov::kernels::cuda {

// One thread for each column.
struct QuantizeColumn {
  Table<const float> weight;
  Table<std::int8_t> quantized;
  float* scale;

  PAVLOV_FN void operator()(std::size_t o) const {
    constexpr float kLeastNormal = 1.17549435e-38f;
    float largest = 0.0f;
    for (std::size_t i = 0; i < weight.rows; ++i) {
      const float size = ::fabsf(weight(i, o));
      if (!is_finite(size)) largest = not_a_number();
      if (size > largest) largest = size;
    }
    const float divisor = largest / 127.0f;
    const bool usable = divisor >= kLeastNormal;
    scale[o] = usable || is_nan(divisor) ? divisor : 0.0f;
    for (std::size_t i = 0; i < weight.rows; ++i) {
      // at most 127 in size: adding and taking off 1.5 * 2^23 rounds to the nearest integer
      const float number = usable ? weight(i, o) / divisor : 0.0f;
      const float rounded = (number + math::kRoundingShift) - math::kRoundingShift;
      quantized(i, o) = static_cast<std::int8_t>(static_cast<std::int32_t>(rounded));
    }
  }
};

struct Int8Linear {
  Table<const float> x;
  Table<const std::int8_t> weight;
  const float* scale;
  const float* bias;
  int activation;
  Table<float> y;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t b = i / y.cols, o = i % y.cols;
    float sum = 0.0f;
    for (std::size_t k = 0; k < x.cols; ++k) {
      sum = ::fmaf(x(b, k), static_cast<float>(weight(k, o)), sum);
    }
    y(b, o) = activate(activation, ::fmaf(sum, scale[o], bias[o]));
  }
};

}  // namespace pavlov::kernels::cuda
