#include "pavlov/replay/observation_column.h"

#include <algorithm>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::replay {
namespace {

// The whole number below x, within [0, 255]; 0 for NaN.
std::uint8_t to_byte(float x) {
  const float inside = x > 0.0f ? std::min(x, 255.0f) : 0.0f;
  return static_cast<std::uint8_t>(inside);
}

}  // namespace

ObservationColumn::ObservationColumn(ObservationType type, std::size_t rows, std::size_t width)
    : width_(width) {
  if (type == ObservationType::uint8) {
    bytes_ = kernels::TensorOf<std::uint8_t>({rows, width});
  } else {
    floats_ = kernels::Tensor({rows, width});
  }
}

void ObservationColumn::check(kernels::ConstMatrixView values) const {
  if (bytes_.empty()) return;
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const float x : values.row(r)) {
      if (static_cast<float>(to_byte(x)) == x) continue;
      kernels::require(false, "replay", "observation", x,
                       "a whole number in [0, 255] where observations are stored as uint8");
    }
  }
}

void ObservationColumn::put(std::size_t row, std::span<const float> values) {
  if (bytes_.empty()) {
    std::ranges::copy(values, floats_.matrix().row(row).begin());
  } else {
    std::ranges::transform(values, bytes_.matrix().row(row).begin(), to_byte);
  }
}

void ObservationColumn::gather(std::span<const std::uint32_t> row, kernels::MatrixView out) const {
  if (bytes_.empty()) return kernels::gather_rows(floats_.matrix(), row, out);
  for (std::size_t b = 0; b < row.size(); ++b) {
    const std::uint8_t* from = bytes_.data() + row[b] * width_;
    float* to = out.data + b * out.stride;
    for (std::size_t c = 0; c < width_; ++c) to[c] = static_cast<float>(from[c]);
  }
}

void ObservationColumn::save(kernels::StateWriter& out, std::size_t rows) const {
  if (bytes_.empty()) {
    out.put(floats_.span().first(rows * width_));
  } else {
    out.put(bytes_.span().first(rows * width_));
  }
}

void ObservationColumn::load(kernels::StateReader& in, std::size_t rows) {
  if (bytes_.empty()) {
    in.get(floats_.span().first(rows * width_));
  } else {
    in.get(bytes_.span().first(rows * width_));
  }
}

}  // namespace pavlov::replay
