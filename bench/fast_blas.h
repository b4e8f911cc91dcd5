// OpenBLAS picks its kernels before main; one that does not know the processor falls back to slow
// ones, and a ratio against LibTorch would be false.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {

// Starts the program again, with one thread and the kernels of this processor; first thing in main.
inline void restart_with_fast_blas(char** argv) {
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) return;
  const bool avx512 = kernels::simd_targets().front() == "avx512";
  setenv("OPENBLAS_CORETYPE", avx512 ? "SkylakeX" : "Haswell", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", argv);
  std::perror("execv");
}

}  // namespace pavlov::bench
