// A fully connected layer of which each row wants only one block of the outputs: forward and
// backward. What a value network gives for one action, at a share of the work for all.
//
// Shapes: B batch, I inputs, A blocks, Z outputs of a block; weight (I,A*Z) holds the Z columns of
// block 0, then those of block 1, ... The rows of a batch go through the products block by block,
// in ascending order; each output is the chain of multiply-adds of linear.h, so a result depends on
// the SIMD target only through fusing, and never on the rows around it or the number of threads.
// NaN in x and dy passes through. Wrong shapes throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// The rows of a batch, sorted by the block that each wants. Grows to the largest batch it has seen.
class BlockRows {
 public:
  // block (B), each in [0, blocks).
  void assign(std::span<const std::int32_t> block, std::size_t blocks);

  std::size_t rows() const { return row_.size(); }
  std::size_t blocks() const { return first_.empty() ? 0 : first_.size() - 1; }
  const std::uint32_t* sorted() const { return row_.data(); }
  const std::uint32_t* first() const { return first_.data(); }

 private:
  std::vector<std::uint32_t> row_;    // (B), those of a block ascending
  std::vector<std::uint32_t> first_;  // (A+1) where those of each block begin
};

// y (B,Z)[b] = x (B,I)[b] weight[:, block of b] + bias (A*Z)[block of b]. y may not overlap x.
void linear_block_forward(ConstMatrixView x, ConstMatrixView weight, std::span<const float> bias,
                          const BlockRows& rows, MatrixView y);

// Backward of it, from dy (B,Z):
//   dweight (I,A*Z)[:, block of b] += x[b]^T dy[b]      dbias (A*Z)[block of b] += dy[b]
//   dx (B,I)[b] = dy[b] weight[:, block of b]^T         skipped where dx is empty
void linear_block_backward(ConstMatrixView x, ConstMatrixView weight, const BlockRows& rows,
                           ConstMatrixView dy, MatrixView dweight, std::span<float> dbias,
                           MatrixView dx);

}  // namespace pavlov::kernels
