// Matrices for tests: rows with a gap, off alignment, watched for writes beside them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// A (rows,cols) matrix whose rows have a gap of `gap` floats and which begins `offset` floats off
// alignment. Gaps hold a sentinel.
class StridedMatrix {
 public:
  static constexpr float kSentinel = -777.0f;

  StridedMatrix(std::size_t rows, std::size_t cols, std::size_t gap, std::size_t offset,
                std::span<const float> values = {})
      : rows_(rows), cols_(cols), stride_(cols + gap), offset_(offset) {
    storage_.assign(offset + rows * stride_ + 16, kSentinel);
    for (std::size_t r = 0; r < rows && !values.empty(); ++r) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(r * cols), cols,
                  storage_.begin() + static_cast<std::ptrdiff_t>(offset + r * stride_));
    }
  }
  MatrixView view() { return {storage_.data() + offset_, rows_, cols_, stride_}; }
  ConstMatrixView view() const { return {storage_.data() + offset_, rows_, cols_, stride_}; }
  float& operator()(std::size_t r, std::size_t c) { return view()(r, c); }
  const float& operator()(std::size_t r, std::size_t c) const { return view()(r, c); }
  bool gaps_untouched() const {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const std::size_t at = i - offset_;
      // Without columns and gaps there is no row to be inside of.
      const bool inside =
          stride_ != 0 && i >= offset_ && at / stride_ < rows_ && at % stride_ < cols_;
      if (!inside && storage_[i] != kSentinel) return false;
    }
    return true;
  }

 private:
  std::size_t rows_, cols_, stride_, offset_;
  std::vector<float> storage_;
};

}  // namespace pavlov::kernels
