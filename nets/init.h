// Initial weights.
//
// A weight is (inputs, outputs), a bias (outputs). Every draw comes from the caller's stream, row
// by row, so a seed gives the same network on every machine up to the last bit of log, sin and
// sqrt.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::nets {

enum class Init : std::uint8_t {
  orthogonal,  // Saxe et al. 2014 (arXiv:1312.6120); biases 0. Usual for policy gradients.
  uniform,     // U(+-1/sqrt(inputs)) for weight and bias: PyTorch's nn.Linear. Usual for DQN.
};

// weight = gain * Q, Q with orthonormal columns (or rows, whichever are fewer).
void orthogonal_init(kernels::MatrixView weight, double gain, kernels::RandomStream& random);

// x = U(-bound, bound).
void uniform_init(std::span<float> x, double bound, kernels::RandomStream& random);

}  // namespace pavlov::nets
