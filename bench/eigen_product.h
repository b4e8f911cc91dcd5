// Eigen's product of matrices, compiled for the machine that builds it.
#pragma once

#include <string>

#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

// "Eigen, AVX-512 build".
std::string eigen_name();
// c (M,N) = a (M,K) b (K,N).
void eigen_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c);

}  // namespace pavlov::bench
