// Region: the frame around code that is written once and compiled for many machines.
//
//   #if defined(PAVLOV_ENVS_CARTPOLE_INL_H) == defined(HWY_TARGET_TOGGLE)  // once per target
//   ... toggle the guard, include what is needed ...
//   PAVLOV_REGION_BEGIN
//   namespace pavlov::envs::PAVLOV_ARCH {
//   template <class V> PAVLOV_FN V f(V x) { ... }
//   }
//   PAVLOV_REGION_END
//
// In a source that included foreach_target.h, the region is compiled for the SIMD target of the
// current pass (a template outside of it would be compiled for the baseline and fail to inline).
// Elsewhere the same text is plain C++ on double (namespace `portable`), or CUDA device code.
#pragma once

#if defined(HWY_TARGET)
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
#error "without inlining GCC compiles wrong vector code: build with -Og or more, not with -O0"
#endif
#define PAVLOV_REGION_BEGIN HWY_BEFORE_NAMESPACE();
#define PAVLOV_REGION_END HWY_AFTER_NAMESPACE();
#define PAVLOV_ARCH HWY_NAMESPACE
#define PAVLOV_FN HWY_INLINE
#elif defined(__CUDACC__)
#define PAVLOV_REGION_BEGIN
#define PAVLOV_REGION_END
#define PAVLOV_ARCH portable
#define PAVLOV_FN __host__ __device__ __forceinline__
#else
#define PAVLOV_REGION_BEGIN
#define PAVLOV_REGION_END
#define PAVLOV_ARCH portable
#define PAVLOV_FN inline
#endif
