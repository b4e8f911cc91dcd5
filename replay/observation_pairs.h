// ObservationPairs: the observations before and after each transition, side by side, so that a
// sample is read from one place; float32 as they are, or uint8 for pixels.
//
// Pixels in bytes take a quarter of the memory, which is what limits a buffer of pictures. Bytes
// hold whole numbers in [0, 255] without loss; other values are refused, never rounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/state_io.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::replay {

enum class ObservationType : std::uint8_t { float32, uint8 };

class ObservationPairs {
 public:
  // `rows` pairs of observations of `width` numbers.
  ObservationPairs(ObservationType type, std::size_t rows, std::size_t width);

  std::size_t width() const { return width_; }

  // Throws std::invalid_argument where values (K, width) cannot be stored without loss.
  void check(kernels::ConstMatrixView values) const;
  // Row `row` becomes the pair of before (width) and after (width), which check() accepts.
  void put(std::size_t row, std::span<const float> before, std::span<const float> after);
  // before and after (B, width): row b is pair row[b]; rows must exist.
  void gather(std::span<const std::uint32_t> row, kernels::MatrixView before,
              kernels::MatrixView after) const;

  // The first `rows` pairs.
  void save(kernels::StateWriter& out, std::size_t rows) const;
  void load(kernels::StateReader& in, std::size_t rows);

 private:
  std::size_t width_;
  kernels::Tensor floats_;                 // (rows, 2 width), or empty
  kernels::TensorOf<std::uint8_t> bytes_;  // likewise
};

}  // namespace pavlov::replay
