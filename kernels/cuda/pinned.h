// Pinned memory: host memory that the device copies from and to by itself.
//
// For what goes to the device or comes back at every step. Memory of this kind is dear, and cannot
// be swapped out.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "pavlov/kernels/memory.h"

namespace pavlov::kernels::cuda {

// Zero-filled array of `size` values; throws std::runtime_error where there is no device, or not
// that much memory.
template <class T>
class PinnedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PinnedArray() = default;
  explicit PinnedArray(std::size_t size)
      : data_(static_cast<T*>(allocate_pinned(size * sizeof(T)))), size_(size) {}
  ~PinnedArray() { deallocate_pinned(data_); }
  PinnedArray(PinnedArray&& other) noexcept { swap(other); }
  PinnedArray& operator=(PinnedArray&& other) noexcept {
    swap(other);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(T); }
  std::span<T> span() { return {data_, size_}; }
  std::span<const T> span() const { return {data_, size_}; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  void swap(PinnedArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pavlov::kernels::cuda
