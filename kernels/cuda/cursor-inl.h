// Kernels of cursor.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_FN float nothing_there(float) { return not_a_number(); }
PAVLOV_FN std::uint32_t nothing_there(std::uint32_t) { return 0xffffffffu; }

template <class T>
struct ReadRow {
  Table<const T> rows;
  const std::uint32_t* cursor;
  T* out;
  PAVLOV_FN void operator()(std::size_t c) const {
    out[c] = *cursor < rows.rows ? rows(*cursor, c) : nothing_there(T());
  }
};

struct WriteRow {
  const float* values;
  const std::uint32_t* cursor;
  Table<float> rows;
  PAVLOV_FN void operator()(std::size_t c) const {
    if (*cursor < rows.rows) rows(*cursor, c) = values[c];
  }
};

struct Advance {
  std::uint32_t* cursor;
  PAVLOV_FN void operator()(std::size_t) const { ++*cursor; }
};

}  // namespace pavlov::kernels::cuda
