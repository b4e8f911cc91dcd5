// Row operations: gather rows by index, pick or place one entry per row, best entry per row.
//
// Shapes: B batch, C columns, M source rows. An index outside its range throws
// std::invalid_argument and leaves the output unspecified.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// out (B,C) row b = source (M,C) row index[b].
void gather_rows(ConstMatrixView source, std::span<const std::uint32_t> index, MatrixView out);

// out[b] = source[index[b]] for a column of scalars.
void gather_values(std::span<const float> source, std::span<const std::uint32_t> index,
                   std::span<float> out);
void gather_values(std::span<const std::int32_t> source, std::span<const std::uint32_t> index,
                   std::span<std::int32_t> out);

// out[b] = values (B,C)[b, column[b]].
void select_columns(ConstMatrixView values, std::span<const std::int32_t> column,
                    std::span<float> out);

// out (B,C) = 0, then out[b, column[b]] = values[b]: the transpose of select_columns.
void scatter_columns(std::span<const float> values, std::span<const std::int32_t> column,
                     MatrixView out);

// index[b] = first c at which values (B,C) row b is largest. NaN never wins; a row of NaN gives 0.
void argmax_rows(ConstMatrixView values, std::span<std::int32_t> index);

// out[b] = max over c of values (B,C) row b; NaN where any entry of the row is NaN.
void max_rows(ConstMatrixView values, std::span<float> out);

// True where every value is in [0, n).
bool all_in_range(std::span<const std::int32_t> values, std::int32_t n);

// True where no value is NaN or infinite.
bool all_finite(std::span<const float> values);

}  // namespace pavlov::kernels
