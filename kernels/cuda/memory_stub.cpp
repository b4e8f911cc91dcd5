// Compiled instead of memory.cu where CUDA is off or not installed.
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/memory.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kAbsent =
    "this build has no CUDA; install the CUDA toolkit and configure with -DPAVLOV_CUDA=ON";

}  // namespace

void* allocate(std::size_t) { throw_runtime("cuda", kAbsent); }
void deallocate(void*) noexcept {}
void* allocate_pinned(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  throw_runtime("cuda", kAbsent);
}
void deallocate_pinned(void*) noexcept {}
void copy_bytes(void*, const void*, std::size_t) { throw_runtime("cuda", kAbsent); }

bool available(std::string& description) {
  description = kAbsent;
  return false;
}

}  // namespace pavlov::kernels::cuda
