// Kernels of linear.h. Shapes: B batch, I inputs, O outputs.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// The values of enum Activation, whose header is not C++17.
enum ActivationKind : int { kIdentity, kRelu, kTanh };

PAVLOV_FN float activate(int kind, float z) {
  if (kind == kRelu) return at_least(0.0f, z);
  if (kind == kTanh) return tanh_of(z);
  return z;
}

// dy * act'(y), act' taken from the result.
PAVLOV_FN float gate(int kind, float y, float dy) {
  if (kind == kRelu) return y <= 0.0f ? 0.0f : dy;
  if (kind == kTanh) return dy * ::fmaf(-y, y, 1.0f);
  return dy;
}

// A factor of a product, read at (i, depth): transposed or not.
struct Factor {
  const float* data;
  std::size_t stride, depth_stride;

  PAVLOV_FN float operator()(std::size_t i, std::size_t depth) const {
    return data[i * stride + depth * depth_stride];
  }
};

// c (rows, cols) = act(start + sum over depth of a(row, depth) b(col, depth)). A block computes a
// tile of 32 x 32 entries, a thread four of them: rows r and r + 16, columns c and c + 16. Tiles of
// both factors, 32 deep, pass through shared memory.
struct ProductKernel {
  static constexpr int kThreads = 256;
  static constexpr std::size_t kTile = 32, kHalf = 16, kDepth = 32;
  struct Shared {
    float a[kDepth][kTile + 1];  // one more: threads of a group then use different banks
    float b[kDepth][kTile + 1];
  };
  struct Entries {
    float of[2][2];
  };

  std::size_t rows, cols, depth;
  Factor a, b;
  const float* start;  // null: 0
  std::size_t start_stride;
  float* c;
  std::size_t c_stride;
  int activation;

  std::size_t blocks() const { return divide_up(rows, kTile) * divide_up(cols, kTile); }

  // Element number e of a tile of `factor`, whose first entry is (first, first_depth). Threads that
  // follow each other read what lies side by side.
  static PAVLOV_FN void load(const Factor& factor, std::size_t size, std::size_t depth,
                             std::size_t first, std::size_t first_depth, std::size_t e,
                             float (&tile)[kDepth][kTile + 1]) {
    const bool along_depth = factor.depth_stride == 1;
    const std::size_t d = along_depth ? e % kDepth : e / kTile;
    const std::size_t i = along_depth ? e / kDepth : e % kTile;
    const bool inside = first + i < size && first_depth + d < depth;
    tile[d][i] = inside ? factor(first + i, first_depth + d) : 0.0f;
  }

  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    const std::size_t tiles = divide_up(cols, kTile);
    const std::size_t first_row = block.index() / tiles * kTile;
    const std::size_t first_col = block.index() % tiles * kTile;
    typename Block::template PerThread<Entries> sum;

    // f(entry, row, col) for the entries of thread t that exist
    const auto entries = [&](int t, auto f) {
      for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
          const std::size_t row = first_row + static_cast<std::size_t>(t) / kHalf + i * kHalf;
          const std::size_t col = first_col + static_cast<std::size_t>(t) % kHalf + j * kHalf;
          if (row < rows && col < cols) f(sum[t].of[i][j], row, col);
        }
      }
    };
    block.each([&](int t) {
      sum[t] = Entries{};
      if (start == nullptr) return;
      entries(t, [&](float& entry, std::size_t row, std::size_t col) {
        entry = start[row * start_stride + col];
      });
    });
    for (std::size_t first = 0; first < depth; first += kDepth) {
      block.each([&](int t) {
        for (std::size_t e = static_cast<std::size_t>(t); e < kTile * kDepth; e += kThreads) {
          load(a, rows, depth, first_row, first, e, shared.a);
          load(b, cols, depth, first_col, first, e, shared.b);
        }
      });
      const std::size_t rest = depth - first, count = rest < kDepth ? rest : kDepth;
      block.each([&](int t) {
        const std::size_t r = static_cast<std::size_t>(t) / kHalf;
        const std::size_t q = static_cast<std::size_t>(t) % kHalf;
        Entries s = sum[t];
        for (std::size_t d = 0; d < count; ++d) {
          const float a0 = shared.a[d][r], a1 = shared.a[d][r + kHalf];
          const float b0 = shared.b[d][q], b1 = shared.b[d][q + kHalf];
          s.of[0][0] = ::fmaf(a0, b0, s.of[0][0]);
          s.of[0][1] = ::fmaf(a0, b1, s.of[0][1]);
          s.of[1][0] = ::fmaf(a1, b0, s.of[1][0]);
          s.of[1][1] = ::fmaf(a1, b1, s.of[1][1]);
        }
        sum[t] = s;
      });
    }
    block.each([&](int t) {
      entries(t, [&](float& entry, std::size_t row, std::size_t col) {
        c[row * c_stride + col] = activate(activation, entry);
      });
    });
  }
};

// y = act(y + bias), after a product by the library.
struct AddBias {
  Table<float> y;
  const float* bias;
  int activation;

  PAVLOV_FN void operator()(std::size_t i) const {
    float& value = y(i / y.cols, i % y.cols);
    value = activate(activation, value + bias[i % y.cols]);
  }
};

// dz over dy, and its column sums added to dbias.
struct GateTerm {
  using Value = float;
  Table<const float> y;
  Table<float> dy;
  int activation;
  float* dbias;

  PAVLOV_FN float operator()(std::size_t r, std::size_t c) const {
    const float dz = gate(activation, y(r, c), dy(r, c));
    dy(r, c) = dz;
    return dz;
  }
  PAVLOV_FN void finish(std::size_t c, float sum) const { dbias[c] += sum; }
};

}  // namespace pavlov::kernels::cuda
