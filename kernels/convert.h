// bfloat16: the upper half of a float32, kept as its 16 bits. Sign, 8 bits of exponent, 7 of
// mantissa.
//
// `x` and `out` have the same length, else std::invalid_argument. No result depends on the SIMD
// target, on flushed denormals or on the number of threads.
#pragma once

#include <cstdint>
#include <span>

namespace pavlov::kernels {

// out[i] = the bfloat16 nearest to x[i], the even one on ties: at most 2^-8 |x| away where x is not
// denormal. From 3.396e38 on the nearest is infinity. NaN stays NaN: quiet, with its sign and upper
// bits.
void to_bfloat16(std::span<const float> x, std::span<std::uint16_t> out);

// out[i] = x[i], exactly.
void from_bfloat16(std::span<const std::uint16_t> x, std::span<float> out);

}  // namespace pavlov::kernels
