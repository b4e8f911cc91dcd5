// Rows of one block of columns per action, atoms or quantiles of each, as kernels see them. C++17.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"

namespace pavlov::kernels::cuda {

// Which block of a row counts.
struct ChosenBlock {
  const std::int32_t* action;  // null: block 0
  std::size_t actions, size;   // blocks of a row, columns of a block

  PAVLOV_FN bool exists(std::size_t b) const {
    return action == nullptr || static_cast<std::uint32_t>(action[b]) < actions;
  }
  // Its first column; the row's first where there is no such block.
  PAVLOV_FN std::size_t first(std::size_t b) const {
    return action == nullptr || !exists(b) ? 0 : static_cast<std::size_t>(action[b]) * size;
  }
};

// All blocks of a matrix as rows of one with actions * B rows.
struct BlocksAsRows {
  Table<const float> values;
  std::size_t actions, size;

  PAVLOV_FN std::size_t rows() const { return values.rows * actions; }
  PAVLOV_FN float operator()(std::size_t pair, std::size_t c) const {
    return values(pair / actions, pair % actions * size + c);
  }
};

}  // namespace pavlov::kernels::cuda
