// The layers of a network for targets that only read it: building the real ones for every SIMD
// target under the sanitizers takes minutes, and no input reaches them.
#include <cstdlib>

#include "pavlov/kernels/linear.h"

namespace pavlov::kernels {

void linear_forward(ConstMatrixView, ConstMatrixView, std::span<const float>, Activation,
                    MatrixView) {
  std::abort();
}

void linear_forward_row(std::span<const float>, std::span<const RowLayer>,
                        std::span<float* const>) {
  std::abort();
}

std::size_t linear_backward_scratch(std::size_t, std::size_t) { std::abort(); }

void linear_backward(ConstMatrixView, ConstMatrixView, ConstMatrixView, Activation, MatrixView,
                     MatrixView, std::span<float>, MatrixView, std::span<float>, Activation) {
  std::abort();
}

}  // namespace pavlov::kernels
