#pragma once

#include "pavlov/kernels/cuda/block-inl.h"

namespace pavlov::kernels::cuda {

struct AddTo {
  float* x;
  float amount;
  PAVLOV_FN void operator()(std::size_t i) const { x[i] += amount; }
};

struct SumAll {
  static constexpr int kThreads = 256;
  struct Shared {
    float of_group[kThreads / kLanes];
  };
  const float* x;
  std::size_t size;
  float* total;

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<float> sum;
    block.each([&](int t) {
      sum[t] = 0.0f;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) sum[t] += x[i];
    });
    block.lanes(sum, Sum());
    block.each([&](int t) {
      if (t % kLanes == 0) shared.of_group[t / kLanes] = sum[t];
    });
    block.each([&](int t) {
      if (t != 0) return;
      float all = 0.0f;
      for (const float part : shared.of_group) all += part;
      *total = all;
    });
  }
};

}  // namespace pavlov::kernels::cuda
