// Kernels of distance.h. A distance is a product whose term is a squared difference: its own plain
// kernel, one thread for each pair, since nothing on the way of a training needs it to be faster.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

struct SquaredDistance {
  Table<const float> x, y;
  Table<float> out;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t b = i / out.cols, c = i % out.cols;
    float sum = 0.0f;
    for (std::size_t d = 0; d < x.cols; ++d) {
      const float distance = x(b, d) - y(c, d);
      sum = ::fmaf(distance, distance, sum);
    }
    out(b, c) = sum;
  }
};

}  // namespace pavlov::kernels::cuda
