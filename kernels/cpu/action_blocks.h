// Rows of one block of columns per action: atoms or quantiles of each. The checks of their ops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// "(2,51)"
template <class T>
std::string shape_text(const BasicMatrixView<T>& m) {
  return "(" + std::to_string(m.rows) + "," + std::to_string(m.cols) + ")";
}

// The block of each of `rows` rows of `cols` columns, or null where there is one block of `size`
// columns and no action is given. Throws where the sizes do not fit or an action has no block.
inline const std::int32_t* checked_blocks(std::string_view module,
                                          std::span<const std::int32_t> action, std::size_t rows,
                                          std::size_t cols, std::size_t size) {
  if (size == 0 || cols == 0 || cols % size != 0) {
    throw_argument(module, "rows of " + std::to_string(cols) + " columns: must be a multiple, " +
                               "above 0, of the " + std::to_string(size) + " of an action");
  }
  const std::size_t actions = cols / size;
  if (action.empty() && actions == 1) return nullptr;
  if (action.size() != rows) {
    throw_argument(module, "action has " + std::to_string(action.size()) + " elements: must have " +
                               std::to_string(rows) +
                               ", one per row (none only where there is one action)");
  }
  if (actions > std::numeric_limits<std::int32_t>::max() ||
      !all_in_range(action, static_cast<std::int32_t>(actions))) {
    throw_argument(module, "an action is outside [0, " + std::to_string(actions) + ")");
  }
  return action.data();
}

}  // namespace pavlov::kernels
