// Row operations on the device: rows.h of the folder above, on a stream.
//
// Shapes: B batch, C columns, M source rows. Indices are in device memory, where no call can refuse
// them: one outside its range reads and writes nothing out of bounds, and gives NaN (-1 for
// integers) in its row, which a loss passes on.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// out (B,C) row b = source (M,C) row index[b].
void gather_rows(Stream& stream, ConstMatrixView source, std::span<const std::uint32_t> index,
                 MatrixView out);

// out[b] = source[index[b]] for a column of scalars.
void gather_values(Stream& stream, std::span<const float> source,
                   std::span<const std::uint32_t> index, std::span<float> out);
void gather_values(Stream& stream, std::span<const std::int32_t> source,
                   std::span<const std::uint32_t> index, std::span<std::int32_t> out);

// out[b] = values (B,C)[b, column[b]].
void select_columns(Stream& stream, ConstMatrixView values, std::span<const std::int32_t> column,
                    std::span<float> out);

// out (B,C) = 0, then out[b, column[b]] = values[b].
void scatter_columns(Stream& stream, std::span<const float> values,
                     std::span<const std::int32_t> column, MatrixView out);

// index[b] = first c at which values (B,C) row b is largest. NaN never wins; a row of NaN gives 0.
void argmax_rows(Stream& stream, ConstMatrixView values, std::span<std::int32_t> index);

// out[b] = max over c of values (B,C) row b; NaN where any entry of the row is NaN.
void max_rows(Stream& stream, ConstMatrixView values, std::span<float> out);

// target[b] = reward[b] + discount[b] * bootstrap[b]: one-step targets.
void bootstrap_target(Stream& stream, std::span<const float> reward,
                      std::span<const float> discount, std::span<const float> bootstrap,
                      std::span<float> target);

}  // namespace pavlov::kernels::cuda
