// Kernels of dueling.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"

namespace pavlov::kernels::cuda {

// Atom z of row b, in columns z, z + Z, ...
PAVLOV_FN float sum_of_actions(const Table<const float>& m, std::size_t b, std::size_t z,
                               std::size_t atoms) {
  float sum = m(b, z);
  for (std::size_t c = z + atoms; c < m.cols; c += atoms) sum += m(b, c);
  return sum;
}

struct DuelingForward {
  Table<const float> value, advantage;
  Table<float> out;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t atoms = value.cols, b = i / atoms, z = i % atoms;
    const float sum = sum_of_actions(advantage, b, z, atoms);
    const float shift = value(b, z) - sum / static_cast<float>(advantage.cols / atoms);
    for (std::size_t c = z; c < out.cols; c += atoms) out(b, c) = advantage(b, c) + shift;
  }
};

struct DuelingBackward {
  Table<const float> d_out;
  Table<float> d_value, d_advantage;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t atoms = d_value.cols, b = i / atoms, z = i % atoms;
    const float sum = sum_of_actions(d_out, b, z, atoms);
    const float mean = sum / static_cast<float>(d_out.cols / atoms);
    d_value(b, z) = sum;
    for (std::size_t c = z; c < d_out.cols; c += atoms) d_advantage(b, c) = d_out(b, c) - mean;
  }
};

}  // namespace pavlov::kernels::cuda
