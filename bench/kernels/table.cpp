#include "pavlov/bench/kernels/table.h"

#include "pavlov/bench/kernels/rows.h"
#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/softmax.h"

namespace pavlov::bench {

std::vector<KernelRow> linked_rows(const Effort& effort) {
  constexpr NetworkShape kShapes[] = {{4, 64, 2}, {8, 128, 4}, {8, 256, 4}};
  constexpr double kTrain64[] = {10.0, 4.0, 2.0};
  constexpr double kTrain256[] = {3.5, 2.0, 1.5};
  constexpr std::size_t kElements = 16384;
  constexpr std::size_t kRows = 256;
  const int warm = effort.warm_steps, updates = effort.dead_updates;
  std::vector<KernelRow> rows;
  for (int i = 0; i < 3; ++i) rows.push_back(train_row(kShapes[i], 64, kTrain64[i], warm));
  for (int i = 0; i < 3; ++i) rows.push_back(train_row(kShapes[i], 256, kTrain256[i], warm));
  rows.push_back(forward_row(kShapes[0], 1, 50.0, warm));
  rows.back().most = 200.0;  // ns
  rows.push_back(forward_row(kShapes[0], 256, 1.5, warm));
  rows.push_back(forward_row(kShapes[2], 256, 1.0, warm));
  rows.push_back(product_row(256, 1.0));
  rows.push_back(product_row(1024, 0.9));
  rows.push_back(activation_row("exp", kernels::exp_forward, kElements, 1.0));
  rows.push_back(activation_row("tanh", kernels::tanh_forward, kElements, 1.0));
  rows.push_back(activation_row("sigmoid", kernels::sigmoid_forward, kElements, 1.0));
  for (const std::size_t cols : {64, 256}) {
    rows.push_back(layer_norm_row(kRows, cols, 1.3));
    rows.push_back(layer_norm_backward_row(kRows, cols, 1.3));
    rows.push_back(row_op_row("softmax", kernels::softmax_forward, kRows, cols, 1.3));
    rows.push_back(row_op_backward_row("softmax", kernels::softmax_forward,
                                       kernels::softmax_backward, kRows, cols, 1.3));
  }
  rows.push_back(quantile_row(128, 170, 20.0));
  rows.push_back(adam_row(10.0));
  rows.push_back(dead_adam_row(updates, 10.0));
  rows.push_back(dead_against_live_adam_row(updates, 0.9));
  return rows;
}

}  // namespace pavlov::bench
