// bfloat16 on the device: convert.h of the folder above, on a stream, with its bits.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// out[i] = the bfloat16 nearest to x[i], the even one on ties; NaN stays NaN.
void to_bfloat16(Stream& stream, std::span<const float> x, std::span<std::uint16_t> out);
// out[i] = x[i], exactly.
void from_bfloat16(Stream& stream, std::span<const std::uint16_t> x, std::span<float> out);

}  // namespace pavlov::kernels::cuda
