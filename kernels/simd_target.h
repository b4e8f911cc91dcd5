// Which SIMD instruction set the kernels run on.
//
// Every op is compiled for several targets and the best one this processor has is chosen at the
// first call. The environment variable PAVLOV_SIMD (scalar, sse4, avx2, avx512) forces a lower one,
// for tests, benches and bug reports.
#pragma once

#include <span>
#include <string_view>

namespace pavlov::kernels {

// Name of the target in use: "scalar", "sse4", "avx2", "avx512" (or "neon" on ARM). Reads
// PAVLOV_SIMD at the first call; throws std::invalid_argument where it names a target that is
// unknown or that this processor does not have.
std::string_view simd_target();

// Targets that this build holds and this processor can run, best first.
std::span<const std::string_view> simd_targets();

// True where the multiply-add of environments (doubles) is one rounding on that target: by an
// instruction, or on scalar and sse4 one number at a time where the C library of this machine
// rounds once. So all targets of a machine give the same bits, those of its C library.
bool simd_has_fma(std::string_view target);

// Forces a target for the whole process until it is called again; "" goes back to the best one.
// Not thread-safe: call it while no kernel runs.
void force_simd_target(std::string_view target);

}  // namespace pavlov::kernels
