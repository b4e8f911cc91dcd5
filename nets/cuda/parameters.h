// Parameters of a network in device memory: values and gradient, with the table of
// nets/parameter_buffer.h.
//
// The flat arrays have the layout of the host's buffer, gaps included, so that copies, optimizers,
// clipping and target updates are one call each.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::nets::cuda {

class Parameters {
 public:
  // The values of `host`, and a gradient of zero. Throws std::runtime_error where there is no
  // device.
  explicit Parameters(const ParameterBuffer& host);

  // Number of the tensor of this name; std::invalid_argument where there is none.
  std::size_t find(std::string_view name) const;

  // The flat arrays, in device memory.
  std::span<float> values() { return values_.span(); }
  std::span<const float> values() const { return values_.span(); }
  std::span<float> gradient() { return gradient_.span(); }

  // Tensor number i as a matrix; rank 1 is one row.
  ConstMatrixView value(std::size_t i) const { return view(values_.data(), i); }
  MatrixView gradient(std::size_t i) { return view(gradient_.data(), i); }

  // Copies the values from or to a host buffer of the same table (else std::invalid_argument), in
  // order with all streams, and waits.
  void copy_from(const ParameterBuffer& host);
  void copy_to(ParameterBuffer& host) const;

 private:
  template <class T>
  kernels::BasicMatrixView<T> view(T* flat, std::size_t i) const {
    const Parameter& p = table_[i];
    const std::size_t cols = p.shape.back();
    return {flat + p.offset, p.size / cols, cols};
  }
  void check(const ParameterBuffer& host) const;

  std::vector<Parameter> table_;
  kernels::Tensor values_, gradient_;
};

// A matrix of one row as its values.
template <class T>
std::span<T> flat(const kernels::BasicMatrixView<T>& row) {
  return {row.data, row.rows * row.cols};
}

}  // namespace pavlov::nets::cuda
