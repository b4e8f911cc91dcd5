// Kernels of convert.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// Half of what is dropped, less one where the kept part is even, is added before it is dropped.
// Rounding a NaN could carry into the sign; the bit makes it quiet, and keeps it from infinity.
struct ToBfloat16 {
  const float* x;
  std::uint16_t* out;
  PAVLOV_FN void operator()(std::size_t i) const {
    const auto bits = static_cast<std::uint32_t>(bits_of(x[i]));
    const std::uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    const std::uint32_t kept = is_nan(x[i]) ? bits | 0x00400000u : rounded;
    out[i] = static_cast<std::uint16_t>(kept >> 16);
  }
};

struct FromBfloat16 {
  const std::uint16_t* x;
  float* out;
  PAVLOV_FN void operator()(std::size_t i) const {
    out[i] = from_bits(static_cast<std::int32_t>(static_cast<std::uint32_t>(x[i]) << 16));
  }
};

}  // namespace pavlov::kernels::cuda
