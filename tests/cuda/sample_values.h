// Numbers for tests of launchers.
#pragma once

#include <cstdint>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::kernels::cuda {

// Standard normal times `scale`, one in sixteen ten times as large.
inline std::vector<float> normal_values(std::size_t size, std::uint64_t seed, float scale = 1.0f) {
  RandomStream random(seed, "values");
  std::vector<float> values(size);
  for (float& x : values) {
    x = scale * static_cast<float>(random.normal());
    if (random.below(16) == 0) x *= 10.0f;
  }
  return values;
}

// Whole numbers in [0, n).
template <class Integer>
std::vector<Integer> integers_below(std::size_t size, std::uint32_t n, std::uint64_t seed) {
  RandomStream random(seed, "integers");
  std::vector<Integer> values(size);
  for (Integer& x : values) x = static_cast<Integer>(random.below(n));
  return values;
}

// A host array as a matrix of so many rows, with `gap` unused values after each.
template <class T>
BasicMatrixView<T> matrix_of(std::vector<T>& values, std::size_t rows, std::size_t gap = 0) {
  const std::size_t stride = values.size() / rows;
  return {values.data(), rows, stride - gap, stride};
}

}  // namespace pavlov::kernels::cuda
