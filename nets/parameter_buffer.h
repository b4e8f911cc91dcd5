// ParameterBuffer: all parameters of a network in one flat array, with a table of names.
//
// Values and gradient are two arrays of the same length; the optimizer's moments follow that
// length. Optimizer step, target sync, Polyak average, clipping and weight files are one call each.
// Every tensor starts on a 64-byte boundary; the gaps are zero in values and gradient and stay
// zero under every update. The arrays stay where they are for the buffer's life, so views of them
// may be kept.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/safetensors.h"

namespace pavlov::nets {

using kernels::ConstMatrixView;
using kernels::MatrixView;

// One row of the table.
struct Parameter {
  std::string name;                // "layers.0.weight"
  std::vector<std::size_t> shape;  // rank 1 to 8; weights of layers are (inputs, outputs)
  std::size_t offset = 0;          // of its first element in the flat arrays
  std::size_t size = 0;            // product of the shape
};

// Whether two tables have the same names and shapes in the same order.
bool same_tensors(std::span<const Parameter> a, std::span<const Parameter> b);

class ParameterBuffer {
 public:
  // Lays out tensors in the given order; offsets and sizes are computed here.
  // Throws std::invalid_argument for an empty or repeated name, or a rank outside [1, 8].
  explicit ParameterBuffer(std::vector<Parameter> table);

  // `count` tensors from number `first` on as a buffer with a table of its own, whose names lose
  // `prefix`: for a network that is part of another. The numbers are this buffer's, which must
  // outlive it. Throws std::invalid_argument for tensors that are not there or named otherwise.
  ParameterBuffer slice(std::size_t first, std::size_t count, std::string_view prefix);

  std::span<const Parameter> table() const { return table_; }
  // Number of parameters, gaps not counted.
  std::size_t count() const { return count_; }

  // The flat arrays, gaps included.
  std::span<float> values() { return values_; }
  std::span<const float> values() const { return values_; }
  std::span<float> gradient() { return gradient_; }
  std::span<const float> gradient() const { return gradient_; }

  // Tensor number i of the table as a matrix: its last dimension are the columns, all others
  // together the rows; rank 1 is one row.
  MatrixView value(std::size_t i) { return view(values_.data(), i); }
  ConstMatrixView value(std::size_t i) const { return view<const float>(values_.data(), i); }
  MatrixView gradient(std::size_t i) { return view(gradient_.data(), i); }

  // Copies the values of a buffer with the same table; else std::invalid_argument.
  void copy_values_from(const ParameterBuffer& other);

  // One entry per tensor, for write_safetensors.
  std::vector<TensorEntry> entries() const;
  // Takes the values from a file that has exactly these names and shapes, and `other_tensors` that
  // are somebody else's; else std::runtime_error, the values being unchanged.
  void load_values(const SafetensorsFile& file, std::string_view file_name,
                   std::size_t other_tensors = 0);

 private:
  ParameterBuffer() = default;

  template <class T>
  kernels::BasicMatrixView<T> view(T* base, std::size_t i) const {
    const Parameter& p = table_[i];
    const std::size_t cols = p.shape.back();
    return {base + p.offset, cols == 0 ? 0 : p.size / cols, cols};
  }

  std::vector<Parameter> table_;
  std::size_t count_ = 0;
  kernels::Tensor memory_;  // values, then gradient; empty in a slice
  std::span<float> values_;
  std::span<float> gradient_;
};

}  // namespace pavlov::nets
