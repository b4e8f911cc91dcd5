// What the batch step of an environment with columns of state reads and writes.
#pragma once

#include <cstddef>

#include "pavlov/envs/batch_env.h"

namespace pavlov::envs {

// Columns of a block of 64 rows lie in one stretch of memory: whole columns of a power of two would
// meet in the same cache sets. T is double or float, as the kernel that is given them knows.
struct LaneArrays {
  void* state = nullptr;             // T (blocks, columns, 64)
  const void* parameters = nullptr;  // T (blocks, parameters, 64), or null: the standard ones
  float* observation = nullptr;      // (N, O)
  double* reward = nullptr;          // (N)
  BatchEnv::Block* blocks = nullptr;
};

// Where row i of the first of `columns` columns is; the others follow at distances of 64.
inline std::size_t first_value(std::size_t i, std::size_t columns) {
  return i / BatchEnv::kBlock * (BatchEnv::kBlock * columns) + i % BatchEnv::kBlock;
}

}  // namespace pavlov::envs
