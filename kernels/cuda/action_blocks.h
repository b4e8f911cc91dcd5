// Rows of one block of columns per action: the checks of their launchers. For this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pavlov/kernels/cuda/action_blocks-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {

// The block of each of `rows` rows of `cols` columns, in blocks of `size`. Throws
// std::invalid_argument where the sizes do not fit; what actions are is seen on the device only.
inline ChosenBlock chosen_block(std::string_view module, std::span<const std::int32_t> action,
                                std::size_t rows, std::size_t cols, std::size_t size) {
  if (size == 0 || cols == 0 || cols % size != 0) {
    throw_argument(module, "rows of " + std::to_string(cols) + " columns: must be a multiple, " +
                               "above 0, of the " + std::to_string(size) + " of an action");
  }
  const std::size_t actions = cols / size;
  if (action.empty() && actions == 1) return {nullptr, 1, size};
  check_size(module, "action (one per row; none only where there is one action)", action.size(),
             rows);
  return {action.data(), actions, size};
}

}  // namespace pavlov::kernels::cuda
