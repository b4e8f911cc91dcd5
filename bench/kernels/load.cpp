// Loads the library with the baselines.
#include <dlfcn.h>

#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/kernels/table.h"

namespace pavlov::bench {
namespace {

constexpr const char* kFile = "libpavlov_kernel_baselines.so";

}  // namespace

KernelTable kernel_table(const Effort& effort) {
  want_fast_blas();
  // Looked for on the run path of this program, then where the system looks.
  void* library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  void* entry = library == nullptr ? nullptr : dlsym(library, PAVLOV_BASELINES_ENTRY_NAME);
  if (entry != nullptr) return reinterpret_cast<KernelTableEntry>(entry)(effort);
  return {linked_rows(effort),
          std::string("none, ") + dlerror() +
              "; a build with PAVLOV_BENCH=ON and LibTorch has it in its folder lib"};
}

}  // namespace pavlov::bench
