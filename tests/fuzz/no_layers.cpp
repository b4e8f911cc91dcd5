// The ops of value networks for targets that only read descriptions; see no_linear.cpp.
#include <cstdlib>

#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/dueling.h"
#include "pavlov/kernels/layer_norm.h"
#include "pavlov/kernels/linear_block.h"
#include "pavlov/kernels/noise.h"
#include "pavlov/kernels/noisy_weight.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::kernels {

using Floats = std::span<float>;
using ConstFloats = std::span<const float>;

void relu_forward(ConstFloats, Floats) { std::abort(); }
void relu_backward(ConstFloats, ConstFloats, Floats) { std::abort(); }
void tanh_forward(ConstFloats, Floats) { std::abort(); }
void tanh_backward(ConstFloats, ConstFloats, Floats) { std::abort(); }

void layer_norm_forward(ConstMatrixView, ConstFloats, ConstFloats, float, MatrixView, Floats,
                        Floats) {
  std::abort();
}
void layer_norm_backward(ConstMatrixView, ConstFloats, ConstFloats, ConstFloats, ConstMatrixView,
                         MatrixView, Floats, Floats) {
  std::abort();
}

void dueling_forward(ConstMatrixView, ConstMatrixView, MatrixView) { std::abort(); }
void dueling_backward(ConstMatrixView, MatrixView, MatrixView) { std::abort(); }
void dueling_pair_forward(ConstMatrixView, ConstMatrixView, MatrixView) { std::abort(); }
void dueling_pair_forward(ConstMatrixView, ConstMatrixView, std::span<const std::int32_t>,
                          MatrixView) {
  std::abort();
}
void dueling_pair_backward(ConstMatrixView, MatrixView, MatrixView) { std::abort(); }
void dueling_pair_backward(ConstMatrixView, std::span<const std::int32_t>, MatrixView, MatrixView) {
  std::abort();
}

void BlockRows::assign(std::span<const std::int32_t>, std::size_t) { std::abort(); }
void linear_block_forward(ConstMatrixView, ConstMatrixView, ConstFloats, const BlockRows&,
                          MatrixView) {
  std::abort();
}
void linear_block_backward(ConstMatrixView, ConstMatrixView, const BlockRows&, ConstMatrixView,
                           MatrixView, Floats, MatrixView) {
  std::abort();
}
bool all_in_range(std::span<const std::int32_t>, std::int32_t) { std::abort(); }

void draw_factor_noise(RandomStream&, Floats) { std::abort(); }
void noisy_weight(ConstMatrixView, ConstMatrixView, ConstFloats, ConstFloats, MatrixView) {
  std::abort();
}
void noisy_weight_backward(MatrixView, ConstFloats, ConstFloats, MatrixView, MatrixView) {
  std::abort();
}
void centered_weight(ConstMatrixView, ConstMatrixView, ConstFloats, ConstFloats, std::size_t,
                     MatrixView) {
  std::abort();
}
void centered_weight_backward(MatrixView, ConstFloats, ConstFloats, std::size_t, MatrixView,
                              MatrixView) {
  std::abort();
}

}  // namespace pavlov::kernels
