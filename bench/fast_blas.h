// OpenBLAS picks its kernels before main; one that does not know the processor, or is told a wrong
// one by its environment, falls back to slow ones, and a ratio against LibTorch would be false.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {

// Asks for one thread and the kernels of this processor, in the environment of what is loaded or
// started from now on. Returns whether it said so already.
inline bool want_fast_blas() {
  const bool avx512 = kernels::simd_targets().front() == "avx512";
  const std::pair<const char*, const char*> wanted[] = {
      {"OPENBLAS_CORETYPE", avx512 ? "SkylakeX" : "Haswell"},
      {"OPENBLAS_NUM_THREADS", "1"},
      {"OMP_NUM_THREADS", "1"}};
  bool as_wanted = true;
  for (const auto& [name, value] : wanted) {
    const char* found = std::getenv(name);
    if (found != nullptr && std::string_view(found) == value) continue;
    as_wanted = false;
    setenv(name, value, 1);
  }
  return as_wanted;
}

// For programs that are linked with OpenBLAS: starts the program again, unless its environment is
// as wanted; first thing in main.
inline void restart_with_fast_blas(char** argv) {
  if (want_fast_blas()) return;
  execv("/proc/self/exe", argv);
  std::perror("execv");
}

}  // namespace pavlov::bench
