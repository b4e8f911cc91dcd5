#include "pavlov/replay/observation_pairs.h"

#include <algorithm>

#include "pavlov/kernels/check.h"

namespace pavlov::replay {
namespace {

// The whole number below x, within [0, 255]; 0 for NaN.
std::uint8_t to_byte(float x) {
  const float inside = x > 0.0f ? std::min(x, 255.0f) : 0.0f;
  return static_cast<std::uint8_t>(inside);
}

// kWidth: the width where the compiler knows it, so that a copy is one or two vector moves; else 0.
template <std::size_t kWidth, class T>
void gather_pairs(const T* pairs, std::size_t width, std::span<const std::uint32_t> row,
                  kernels::MatrixView before, kernels::MatrixView after) {
  const std::size_t count = kWidth == 0 ? width : kWidth;
  for (std::size_t b = 0; b < row.size(); ++b) {
    const T* pair = pairs + row[b] * 2 * count;
    std::copy_n(pair, count, before.data + b * before.stride);
    std::copy_n(pair + count, count, after.data + b * after.stride);
  }
}

}  // namespace

ObservationPairs::ObservationPairs(ObservationType type, std::size_t rows, std::size_t width)
    : width_(width) {
  if (type == ObservationType::uint8) {
    bytes_ = kernels::TensorOf<std::uint8_t>({rows, 2, width});
  } else {
    floats_ = kernels::Tensor({rows, 2, width});
  }
}

void ObservationPairs::check(kernels::ConstMatrixView values) const {
  if (bytes_.empty()) return;
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const float x : values.row(r)) {
      if (static_cast<float>(to_byte(x)) == x) continue;
      kernels::require(false, "replay", "observation", x,
                       "a whole number in [0, 255] where observations are stored as uint8");
    }
  }
}

void ObservationPairs::put(std::size_t row, std::span<const float> before,
                           std::span<const float> after) {
  const std::size_t first = row * 2 * width_;
  if (bytes_.empty()) {
    std::ranges::copy(after, std::ranges::copy(before, floats_.data() + first).out);
  } else {
    std::uint8_t* pair = bytes_.data() + first;
    std::ranges::transform(after, std::ranges::transform(before, pair, to_byte).out, to_byte);
  }
}

void ObservationPairs::gather(std::span<const std::uint32_t> row, kernels::MatrixView before,
                              kernels::MatrixView after) const {
  if (!bytes_.empty()) return gather_pairs<0>(bytes_.data(), width_, row, before, after);
  const float* pairs = floats_.data();
  switch (width_) {
    case 2:
      return gather_pairs<2>(pairs, width_, row, before, after);
    case 3:
      return gather_pairs<3>(pairs, width_, row, before, after);
    case 4:
      return gather_pairs<4>(pairs, width_, row, before, after);
    case 6:
      return gather_pairs<6>(pairs, width_, row, before, after);
    case 8:
      return gather_pairs<8>(pairs, width_, row, before, after);
    default:
      return gather_pairs<0>(pairs, width_, row, before, after);
  }
}

void ObservationPairs::save(kernels::StateWriter& out, std::size_t rows) const {
  if (bytes_.empty()) {
    out.put(floats_.span().first(2 * rows * width_));
  } else {
    out.put(bytes_.span().first(2 * rows * width_));
  }
}

void ObservationPairs::load(kernels::StateReader& in, std::size_t rows) {
  if (bytes_.empty()) {
    in.get(floats_.span().first(2 * rows * width_));
  } else {
    in.get(bytes_.span().first(2 * rows * width_));
  }
}

}  // namespace pavlov::replay
