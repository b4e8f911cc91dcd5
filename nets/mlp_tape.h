// What a tape holds of a network shaped as an Mlp: one activation, and for backward one gradient,
// per hidden layer. Shared by all networks of that shape, so that one tape may go round among them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

// The first `count` rows of a tape's buffer.
inline MatrixView rows(kernels::Tensor& tensor, std::size_t count) {
  return tensor.matrix().rows_from(0, count);
}

// Whether there is room for `batch` rows of every hidden layer.
inline bool holds_hidden(const std::vector<kernels::Tensor>& buffers, const MlpConfig& config,
                         std::size_t batch) {
  return std::ranges::equal(buffers, config.hidden,
                            [batch](const kernels::Tensor& tensor, std::size_t width) {
                              return tensor.dim(0) >= batch && tensor.dim(1) == width;
                            });
}

// Makes that room anew; what another network left would no longer fit each other. Not the whole
// tape: forward_action() holds all_actions.
inline void renew_hidden(Tape& tape, const MlpConfig& config, std::size_t batch, bool gradient) {
  tape.row.clear();  // first: should memory run out, the tape does not fit
  tape.activation.clear();
  tape.gradient.clear();
  for (const std::size_t width : config.hidden) {
    tape.activation.push_back(kernels::Tensor({batch, width}));
    if (gradient) tape.gradient.push_back(kernels::Tensor({batch, width}));
  }
}

// Throws std::invalid_argument where dy does not fit the last forward, or the tape is not for
// backward.
inline void check_backward(const Tape& tape, const MlpConfig& config, ConstMatrixView dy) {
  if (tape.for_backward && tape.activation.size() == config.hidden.size() &&
      tape.input.rows == dy.rows && dy.cols == config.outputs) {
    return;
  }
  kernels::throw_argument("mlp", "backward: needs dy (" + std::to_string(tape.input.rows) + ", " +
                                     std::to_string(config.outputs) +
                                     ") after a forward pass on the same tape, for_backward");
}

}  // namespace pavlov::nets
