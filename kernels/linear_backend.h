// Which way a layer of some shape is computed, and why: for `pavlov info`, bug reports and benches.
//
// All ways are kernels of ours and give the same bits; they differ in speed alone. The rule is a
// few comparisons of sizes, cheaper than looking up an earlier answer. Where a quarter or more of
// the inputs are zero, tiles give way to single rows that pass over them (cpu/gemm-inl.h): that is
// up to the values, and no part of this answer.
//
// No BLAS is linked: it would give up what linear.h promises, for its order of summation changes
// with the batch. bench_network sets these kernels beside OpenBLAS, LibTorch and Eigen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pavlov::kernels {

// Most outputs of a layer whose lanes run along the batch.
inline constexpr std::size_t kMostNarrowOutputs = 8;

enum class LinearBackend : std::uint8_t {
  row,            // one row: the tile is one row high and eight vectors wide
  narrow,         // up to kMostNarrowOutputs: lanes run along the rows of the batch
  tiles,          // tiles of 8 (4) rows x 2 vectors; the weight is read where it lies
  copied_panels,  // the same tiles; columns of the weight are copied together first
};

// Forward of a layer for a batch of `rows`; `weight_stride` is the distance of two rows of the
// weight, in floats (outputs, where it is contiguous).
LinearBackend linear_forward_backend(std::size_t rows, std::size_t inputs, std::size_t outputs,
                                     std::size_t weight_stride);

// "tiles", and the reason in one sentence.
std::string_view linear_backend_name(LinearBackend backend);
std::string_view linear_backend_reason(LinearBackend backend);

}  // namespace pavlov::kernels
