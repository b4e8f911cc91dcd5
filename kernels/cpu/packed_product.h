// The arguments of a layer with packed weights, the same type for every target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "pavlov/kernels/linear.h"

namespace pavlov::kernels {

template <class T>
struct PackedProduct {
  static constexpr bool kScaled = std::is_same_v<T, std::int8_t>;

  std::size_t rows, cols, depth;
  const float* x;
  std::size_t x_stride;
  const T* weight;
  std::size_t weight_stride;
  const float* scale;  // null where there is none
  const float* bias;
  Activation activation;
  float* y;
  std::size_t y_stride;
};

}  // namespace pavlov::kernels
