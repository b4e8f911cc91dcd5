// The rows that bench programs and `pavlov bench kernels` have in common. A row has the baselines
// that baselines.h knows of in this program.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "pavlov/bench/kernels/row.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

struct NetworkShape {
  std::size_t inputs, hidden, outputs;  // two hidden layers
};

// A training step (forward, mean squared error, backward, Adam) and a forward pass of a ReLU
// network that has learned for `warm_steps` steps.
KernelRow train_row(const NetworkShape& shape, std::size_t batch, double wanted, int warm_steps);
KernelRow forward_row(const NetworkShape& shape, std::size_t batch, double wanted, int warm_steps);
// c = a b for matrices (n,n).
KernelRow product_row(std::size_t n, double wanted);

// y (N) = op(x (N)).
KernelRow activation_row(const std::string& op,
                         void (*forward)(std::span<const float>, std::span<float>), std::size_t n,
                         double wanted = 0.0);
// y (B,C) = op(x (B,C)) along the rows, and dx from y and dy.
KernelRow row_op_row(const std::string& op,
                     void (*forward)(kernels::ConstMatrixView, kernels::MatrixView),
                     std::size_t rows, std::size_t cols, double wanted = 0.0);
KernelRow row_op_backward_row(const std::string& op,
                              void (*forward)(kernels::ConstMatrixView, kernels::MatrixView),
                              void (*backward)(kernels::ConstMatrixView, kernels::ConstMatrixView,
                                               kernels::MatrixView),
                              std::size_t rows, std::size_t cols, double wanted = 0.0);
KernelRow layer_norm_row(std::size_t rows, std::size_t cols, double wanted = 0.0);
KernelRow layer_norm_backward_row(std::size_t rows, std::size_t cols, double wanted = 0.0);

// The quantile Huber loss of n quantiles and its gradient.
KernelRow quantile_row(std::size_t batch, std::size_t n, double wanted = 0.0);
// Norm, clip and Adam over 10,000 parameters. Of a dead network two thirds of them have had no
// gradient for `updates` updates: against LibTorch, and against one whose parameters all live.
KernelRow adam_row(double wanted = 0.0);
KernelRow dead_adam_row(int updates, double wanted = 0.0);
KernelRow dead_against_live_adam_row(int updates, double wanted = 0.0);

}  // namespace pavlov::bench
