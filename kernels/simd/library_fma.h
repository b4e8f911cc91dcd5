// Whether the C library of this machine computes with fused multiply-add.
#pragma once

namespace pavlov::kernels::simd_detail {

// False until the first dispatch, which comes before any kernel.
extern bool library_fuses;

}  // namespace pavlov::kernels::simd_detail
