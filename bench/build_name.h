// Name of a baseline that is compiled with the bench itself: as good as its flags.
#pragma once

namespace pavlov::bench {

#ifdef __AVX512F__
#define PAVLOV_BENCH_BUILD "AVX-512 build"
#elif defined(__AVX2__)
#define PAVLOV_BENCH_BUILD "AVX2 build"
#else
#define PAVLOV_BENCH_BUILD "generic build"
#endif
inline constexpr const char* kEigen = "Eigen, " PAVLOV_BENCH_BUILD;
inline constexpr const char* kLoop = "plain loop, " PAVLOV_BENCH_BUILD;
#undef PAVLOV_BENCH_BUILD

}  // namespace pavlov::bench
