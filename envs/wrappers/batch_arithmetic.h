// The arithmetic of the normalizing wrappers over a whole batch, on vectors.
//
// Every number is rounded as in the formula at its function, operation by operation: the same bits
// on every SIMD target as number after number. Spans are of the same size unless said; `to` may be
// one of the others.
#pragma once

#include <cstddef>
#include <span>

namespace pavlov::envs {

// Columns of a normalization come repeated, so that a vector of any width finds its own: their
// period must be a multiple of this.
inline constexpr std::size_t kRepeats = 16;

// to[j] = float32((from[j] - mean[p]) / scale[p]), p = j mod period, in the precision of the
// columns.
void normalize_columns(std::span<const float> from, std::span<const double> mean,
                       std::span<const double> scale, std::span<float> to);
void normalize_columns(std::span<const float> from, std::span<const float> mean,
                       std::span<const float> scale, std::span<float> to);

// to[i] = sum[i] * factor + addend[i]: two roundings.
void multiply_and_add(std::span<const double> sum, double factor, std::span<const double> addend,
                      std::span<double> to);

// to[i] = from[i] / divisor
void divide_all(std::span<const double> from, double divisor, std::span<double> to);

}  // namespace pavlov::envs
