// A layer with all its buffers, and what its products must be: plain loops in double.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pavlov/kernels/linear.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {

inline constexpr float kSentinel = -777.0f;

// A matrix whose rows have a gap and which begins `offset` floats off alignment. The gap holds a
// sentinel, so that a write beside the matrix is seen.
class Strided {
 public:
  Strided(std::size_t rows, std::size_t cols, std::size_t gap, std::size_t offset,
          std::uint64_t seed)
      : rows_(rows), cols_(cols), stride_(cols + gap), offset_(offset) {
    storage_.assign(offset + rows * stride_ + 16, kSentinel);
    const std::vector<float> values = values_with_outliers(rows * cols, seed);
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(r * cols), cols,
                  storage_.begin() + static_cast<std::ptrdiff_t>(offset + r * stride_));
    }
  }
  MatrixView view() { return {storage_.data() + offset_, rows_, cols_, stride_}; }
  float& operator()(std::size_t r, std::size_t c) { return view()(r, c); }
  bool gaps_untouched() const {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const bool before = i < offset_;
      const std::size_t at = i - offset_;
      const bool inside = !before && at / stride_ < rows_ && at % stride_ < cols_;
      if (!inside && storage_[i] != kSentinel) return false;
    }
    return true;
  }

 private:
  std::size_t rows_, cols_, stride_, offset_;
  std::vector<float> storage_;
};

struct Layer {
  std::size_t batch, inputs, outputs;
  Strided x, weight, y, dy, dweight, dx;
  std::vector<float> bias, dbias;

  Layer(std::size_t b, std::size_t i, std::size_t o, std::size_t gap, std::size_t offset)
      : batch(b),
        inputs(i),
        outputs(o),
        x(b, i, gap, offset, 1),
        weight(i, o, gap, offset, 2),
        y(b, o, gap, offset, 3),
        dy(b, o, gap, offset, 4),
        dweight(i, o, gap, offset, 5),
        dx(b, i, gap, offset, 6),
        bias(values_with_outliers(o, 7)),
        dbias(values_with_outliers(o, 8)) {}

  std::string name() const {
    return "B " + std::to_string(batch) + " I " + std::to_string(inputs) + " O " +
           std::to_string(outputs);
  }
};

// Run the layer and compare everything that it writes, gaps included; backward also runs forward.
void expect_forward(Layer& layer, Activation activation);
void expect_backward(Layer& layer, Activation activation);

}  // namespace pavlov::kernels
