// A cursor over rows: how work that is captured once finds other data at every replay.
//
// The cursor is a number in device memory that the work itself moves on. What the replays need lies
// ready in rows before the first of them: indices of minibatches, numbers of optimizer steps; what
// they find out is written to rows that the host reads after the last. So a round of many replays
// needs no word of the host between two of them. Shapes: M rows, C columns. A cursor outside
// [0, M) reads nothing and gives NaN (-1 as an index, all bits set), and writes nothing.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

using Cursor = std::uint32_t;

// out (K), K <= C: the first K of row cursor[0] of rows (M,C).
void read_row(Stream& stream, ConstMatrixView rows, const Cursor* cursor, std::span<float> out);
void read_row(Stream& stream, BasicMatrixView<const std::uint32_t> rows, const Cursor* cursor,
              std::span<std::uint32_t> out);

// Row cursor[0] of rows (M,C) = values (C).
void write_row(Stream& stream, std::span<const float> values, const Cursor* cursor,
               MatrixView rows);

// cursor[0] += 1
void advance(Stream& stream, Cursor* cursor);

}  // namespace pavlov::kernels::cuda
