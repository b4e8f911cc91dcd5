// How kernels are written: once, for the device and for the host.
//
// A kernel is a struct whose fields are its arguments:
//   struct Kernel {
//     static constexpr int kThreads = 256;   // of a block, a multiple of 32
//     struct Shared { float sum[8]; };       // memory of a block, undefined at first; may be empty
//     std::size_t blocks() const;            // in the grid; 0: nothing to do
//     template <class Block>
//     PAVLOV_FN void operator()(const Block& block, Shared& shared) const;
//   };
// Its body is a row of phases, and what lives from one to the next is in Shared or per thread:
//   typename Block::template PerThread<float> sum;
//   block.each([&](int t) { sum[t] = ...; });     every thread t in [0, kThreads); then all wait
//   block.lanes(sum, Sum());                      sums over groups of 32 threads, see below
// Within a phase threads know nothing of each other: what one writes to Shared, others read in a
// later phase. Through global memory the threads of a kernel do not speak at all. So the device may
// run a phase in any order, and so may the host, one thread after another: the tests do (ascending
// and descending), and see the bits that the device computes, because nothing is fused unasked
// there (--fmad=false) and nothing is rounded unlike on the host.
//
// lanes(v, op): with s = 16, 8, 4, 2, 1 in turn, v of thread t becomes op(v of t, v of t ^ s). So
// all threads of a group end with the same value, added in a fixed order.
//
// C++17: nvcc 13 under CMake 3.25 compiles no newer.
#pragma once

#include <cstddef>
#include <type_traits>

#include "pavlov/kernels/simd/region.h"

namespace pavlov::kernels::cuda {

inline constexpr int kLanes = 32;

// A matrix in device memory: what kernels hold of a MatrixView.
template <class T>
struct Table {
  T* data;
  std::size_t rows, cols, stride;

  PAVLOV_FN T& operator()(std::size_t r, std::size_t c) const { return data[r * stride + c]; }
};

PAVLOV_FN std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

#if defined(__CUDACC__)

template <class Kernel>
struct DeviceBlock {
  template <class T>
  struct PerThread {
    T value;
    PAVLOV_FN T& operator[](int) { return value; }
  };

  // Host code never calls these; the host's half of the compiler wants to be able to.
  PAVLOV_FN std::size_t index() const {
#if defined(__CUDA_ARCH__)
    return blockIdx.x;
#else
    return 0;
#endif
  }
  template <class Phase>
  PAVLOV_FN void each(Phase&& phase) const {
#if defined(__CUDA_ARCH__)
    phase(static_cast<int>(threadIdx.x));
    if constexpr (!std::is_empty_v<typename Kernel::Shared>) __syncthreads();
#endif
  }
  template <class T, class Op>
  PAVLOV_FN void lanes(PerThread<T>& v, Op op) const {
#if defined(__CUDA_ARCH__)
    for (int s = kLanes / 2; s > 0; s /= 2) {
      v.value = op(v.value, __shfl_xor_sync(0xffffffffu, v.value, s));
    }
#endif
  }
};

#else

// The threads of a block one after another.
template <class Kernel>
class HostBlock {
 public:
  template <class T>
  struct PerThread {
    T value[Kernel::kThreads];
    T& operator[](int t) { return value[t]; }
  };

  HostBlock(std::size_t index, bool descending) : index_(index), descending_(descending) {}

  std::size_t index() const { return index_; }
  template <class Phase>
  void each(Phase&& phase) const {
    for (int t = 0; t < Kernel::kThreads; ++t) {
      phase(descending_ ? Kernel::kThreads - 1 - t : t);
    }
  }
  template <class T, class Op>
  void lanes(PerThread<T>& v, Op op) const {
    for (int s = kLanes / 2; s > 0; s /= 2) {
      T next[Kernel::kThreads];
      for (int t = 0; t < Kernel::kThreads; ++t) next[t] = op(v[t], v[t ^ s]);
      for (int t = 0; t < Kernel::kThreads; ++t) v[t] = next[t];
    }
  }

 private:
  std::size_t index_;
  bool descending_;
};

#endif

// For lanes().
struct Sum {
  template <class T>
  PAVLOV_FN T operator()(T a, T b) const {
    return a + b;
  }
};
// NaN wins.
struct Largest {
  PAVLOV_FN float operator()(float a, float b) const { return a > b || a != a ? a : b; }
};
struct Smallest {
  PAVLOV_FN int operator()(int a, int b) const { return a < b ? a : b; }
};

// What is left of a sum over the threads of a block after lanes(), in Shared.
template <class T, int kThreads>
struct GroupSums {
  T of[kThreads / kLanes];
};

// Calls finish(sum of v over the threads of the block) in one thread. Groups of 32 threads are
// added as lanes() does, the groups in ascending order.
template <class Block, class Values, class Sums, class Finish>
PAVLOV_FN void sum_over_block(const Block& block, Values& v, Sums& sums, Finish finish) {
  block.lanes(v, Sum());
  block.each([&](int t) {
    if (t % kLanes == 0) sums.of[t / kLanes] = v[t];
  });
  block.each([&](int t) {
    if (t != 0) return;
    auto total = sums.of[0];
    for (std::size_t g = 1; g < sizeof(sums.of) / sizeof(sums.of[0]); ++g) total += sums.of[g];
    finish(total);
  });
}

// A kernel whose elements are independent: operator()(i) for i in [0, size), one thread each. Where
// an element is much work, fewer threads to a block spread a small number over the whole device.
template <class Element, int kWanted = 256>
struct Elements {
  static constexpr int kThreads = kWanted;
  struct Shared {};
  Element element;
  std::size_t size;

  std::size_t blocks() const { return divide_up(size, kThreads); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    block.each([&](int t) {
      const std::size_t i = block.index() * kThreads + static_cast<std::size_t>(t);
      if (i < size) element(i);
    });
  }
};

// What kernels share that give each row of a matrix to one group of 32 threads, 8 rows to a block.
struct RowGroups {
  static constexpr int kThreads = 256;
  static constexpr std::size_t kRows = kThreads / kLanes;
  struct Shared {};

  static std::size_t blocks_of(std::size_t rows) { return divide_up(rows, kRows); }

  // f(r, c) for the entries of thread t: those of one row in columns lane, lane + 32, ...
  template <class F>
  static PAVLOV_FN void entries(std::size_t block, int t, std::size_t rows, std::size_t cols, F f) {
    const std::size_t r = block * kRows + static_cast<std::size_t>(t / kLanes);
    if (r >= rows) return;
    for (std::size_t c = static_cast<std::size_t>(t % kLanes); c < cols; c += kLanes) f(r, c);
  }
  // f(r) for the row of thread t, in one thread of its group.
  template <class F>
  static PAVLOV_FN void once(std::size_t block, int t, std::size_t rows, F f) {
    const std::size_t r = block * kRows + static_cast<std::size_t>(t / kLanes);
    if (t % kLanes == 0 && r < rows) f(r);
  }
};

// Sums over the rows of a matrix, one for each column: term.finish(c, sum of term(r, c) over r). A
// block takes 32 columns, 8 threads to each. Thread g adds the rows g, g + 8, ... in ascending
// order; then these eight are added in ascending order of g. Term::Value is what is added.
template <class Term>
struct ColumnSums {
  static constexpr int kThreads = 256;
  static constexpr std::size_t kGroups = kThreads / kLanes;
  using Value = typename Term::Value;
  struct Shared {
    Value sum[kGroups][kLanes];
  };
  Term term;
  std::size_t rows, cols;

  std::size_t blocks() const { return divide_up(cols, kLanes); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    block.each([&](int t) {
      const std::size_t c = block.index() * kLanes + static_cast<std::size_t>(t % kLanes);
      Value sum = Value();
      for (std::size_t r = static_cast<std::size_t>(t / kLanes); r < rows && c < cols;
           r += kGroups) {
        sum = sum + term(r, c);
      }
      shared.sum[t / kLanes][t % kLanes] = sum;
    });
    block.each([&](int t) {
      const std::size_t c = block.index() * kLanes + static_cast<std::size_t>(t);
      if (t >= kLanes || c >= cols) return;
      Value sum = shared.sum[0][t];
      for (std::size_t g = 1; g < kGroups; ++g) sum = sum + shared.sum[g][t];
      term.finish(c, sum);
    });
  }
};

}  // namespace pavlov::kernels::cuda
