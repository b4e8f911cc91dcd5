// Noise in bulk: standard normal numbers, and the factorised noise of noisy layers.
//
// Box & Muller 1958, from two 24-bit uniform numbers for each pair of normal ones, in float32: the
// largest magnitude is sqrt(48 ln 2) = 5.8. Per block of at most 512 numbers, of which h is half,
// rounded up:
//   u_i = (w_i + 1) 2^-24    v_i = w_{h+i} 2^-24    i < h, w the upper 24 bits of the next 2h words
//   out[i] = sqrt(-2 ln u_i) cos(2 pi v_i)          out[h+i] = sqrt(-2 ln u_i) sin(2 pi v_i)
// so a stream gives the same numbers on every SIMD target, up to some units in the last place
// (absolute error below 2^-20), and its position depends on the sizes alone.
#pragma once

#include <span>

#include "pavlov/kernels/random.h"

namespace pavlov::kernels {

// out = independent standard normal numbers.
void draw_normal(RandomStream& random, std::span<float> out);

// out = f(e), e independent standard normal, f(e) = sign(e) sqrt(|e|): one vector of the factorised
// noise of Fortunato et al. 2018 (arXiv:1706.10295, eq. 10).
void draw_factor_noise(RandomStream& random, std::span<float> out);

}  // namespace pavlov::kernels
