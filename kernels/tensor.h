// Tensors own aligned memory with a shape; matrix views are what every op takes.
//
// float32 is the number type of learning, uint8 that of pixels, double that of exact environment
// state. Storage is row-major and contiguous; a view may have a longer row stride.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/memory.h"

namespace pavlov::kernels {

// A row-major matrix that belongs to someone else. Row r starts at data + r * stride.
template <class T>
struct BasicMatrixView {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;  // elements from one row to the next, >= cols

  constexpr BasicMatrixView() = default;
  constexpr BasicMatrixView(T* first, std::size_t r, std::size_t c)
      : BasicMatrixView(first, r, c, c) {}
  constexpr BasicMatrixView(T* first, std::size_t r, std::size_t c, std::size_t row_stride)
      : data(first), rows(r), cols(c), stride(row_stride) {}
  // A writable view reads too.
  template <class U>
  requires(std::is_same_v<T, const U> && !std::is_const_v<U>) constexpr BasicMatrixView(
      const BasicMatrixView<U>& other)  // NOLINT(google-explicit-constructor)
      : BasicMatrixView(other.data, other.rows, other.cols, other.stride) {}

  constexpr bool empty() const { return rows == 0 || cols == 0; }
  constexpr std::span<T> row(std::size_t r) const {
    PAVLOV_ASSERT(r < rows);
    return {data + r * stride, cols};
  }
  constexpr T& operator()(std::size_t r, std::size_t c) const {
    PAVLOV_ASSERT(r < rows && c < cols);
    return data[r * stride + c];
  }
  // Rows [first, first + count).
  constexpr BasicMatrixView rows_from(std::size_t first, std::size_t count) const {
    PAVLOV_ASSERT(first + count <= rows);
    return {data + first * stride, count, cols, stride};
  }
};

using MatrixView = BasicMatrixView<float>;
using ConstMatrixView = BasicMatrixView<const float>;

// "(64, 4)".
std::string dimensions_text(std::span<const std::size_t> shape);
inline std::string dimensions_text(ConstMatrixView m) {
  return dimensions_text(std::array<std::size_t, 2>{m.rows, m.cols});
}

// Elements of a tensor of this shape; throws std::invalid_argument as TensorOf's constructor.
std::size_t checked_size(std::span<const std::size_t> shape, std::size_t most_dimensions,
                         std::size_t element_bytes);
// allocate() for a tensor of this shape, which its errors name.
void* allocate_shape(std::span<const std::size_t> shape, std::size_t bytes, Device device);

// Owner of a zero-initialized, 64-byte aligned array of up to four dimensions. Moves; never copies
// unasked (see clone).
template <class T>
class TensorOf {
 public:
  static constexpr std::size_t kMaxRank = 4;

  TensorOf() = default;
  // Throws std::invalid_argument for more than four dimensions or a size that overflows, and where
  // there is no such memory OutOfMemory (cpu) or std::runtime_error (cuda); each names the shape.
  explicit TensorOf(std::initializer_list<std::size_t> shape, Device device = Device::cpu)
      : size_(checked_size({shape.begin(), shape.size()}, kMaxRank, sizeof(T))),
        rank_(shape.size()),
        device_(device) {
    std::copy_n(shape.begin(), rank_, shape_.begin());
    data_ =
        static_cast<T*>(allocate_shape({shape.begin(), shape.size()}, size_ * sizeof(T), device_));
  }
  TensorOf(TensorOf&& other) noexcept { swap(other); }
  TensorOf& operator=(TensorOf&& other) noexcept {
    swap(other);
    return *this;
  }
  TensorOf(const TensorOf&) = delete;
  TensorOf& operator=(const TensorOf&) = delete;
  ~TensorOf() { deallocate(data_, device_); }

  // A copy on `device`.
  TensorOf clone(Device device) const {
    TensorOf copy;
    copy.rank_ = rank_;
    copy.shape_ = shape_;
    copy.device_ = device;
    copy.data_ = static_cast<T*>(allocate_shape({shape_.data(), rank_}, size_ * sizeof(T), device));
    copy.size_ = size_;
    copy_bytes(copy.data_, device, data_, device_, size_ * sizeof(T));
    return copy;
  }
  TensorOf clone() const { return clone(device_); }

  std::size_t size() const { return size_; }
  std::size_t rank() const { return rank_; }
  std::size_t dim(std::size_t axis) const {
    PAVLOV_ASSERT(axis < rank_);
    return shape_[axis];
  }
  Device device() const { return device_; }
  bool empty() const { return size_ == 0; }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::span<T> span() { return {data_, size_}; }
  std::span<const T> span() const { return {data_, size_}; }

  // The tensor as (product of the leading dimensions, last dimension).
  BasicMatrixView<T> matrix() { return {data_, lead(), last()}; }
  BasicMatrixView<const T> matrix() const { return {data_, lead(), last()}; }

  void swap(TensorOf& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(rank_, other.rank_);
    std::swap(shape_, other.shape_);
    std::swap(device_, other.device_);
  }

 private:
  std::size_t last() const { return rank_ == 0 ? size_ : shape_[rank_ - 1]; }
  std::size_t lead() const { return last() == 0 ? 0 : size_ / last(); }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t rank_ = 0;
  std::array<std::size_t, kMaxRank> shape_{};
  Device device_ = Device::cpu;
};

using Tensor = TensorOf<float>;

}  // namespace pavlov::kernels
