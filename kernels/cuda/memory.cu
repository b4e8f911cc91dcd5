// Device memory by the CUDA runtime. C++17-clean: nvcc 13 under CMake 3.25 compiles no newer.
#include "pavlov/kernels/memory.h"

#include <cstring>

#include "pavlov/kernels/cuda/capture_gate.h"
#include "pavlov/kernels/cuda/runtime-inl.h"

namespace pavlov::kernels::cuda {
namespace {

// cudaMemset and cudaMemcpy may return before the device is through; the default stream, which they
// use, is in order with all streams of ours.
void wait_for_default_stream(const char* call) { check(cudaStreamSynchronize(nullptr), call); }

std::string bytes_text(const char* call, std::size_t bytes) {
  return std::string(call) + " of " + std::to_string(bytes) + " bytes";
}

// Whether the device can run what this build holds is asked of a kernel that does nothing.
__global__ void probe() {}

}  // namespace

void* allocate(std::size_t bytes) {
  const OutsideCaptures outside("cudaMalloc");
  void* block = nullptr;
  check(cudaMalloc(&block, bytes), bytes_text("cudaMalloc", bytes));
  try {
    check(cudaMemset(block, 0, bytes), bytes_text("cudaMemset", bytes));
    wait_for_default_stream("cudaMemset");
  } catch (...) {
    static_cast<void>(cudaFree(block));
    throw;
  }
  return block;
}

void deallocate(void* block) noexcept {
  const OutsideCaptures outside;
  if (cudaFree(block) != cudaSuccess) static_cast<void>(cudaGetLastError());
}

void* allocate_pinned(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const OutsideCaptures outside("cudaMallocHost");
  void* block = nullptr;
  check(cudaMallocHost(&block, bytes), bytes_text("cudaMallocHost", bytes));
  std::memset(block, 0, bytes);
  return block;
}

void deallocate_pinned(void* block) noexcept {
  if (block == nullptr) return;
  const OutsideCaptures outside;
  if (cudaFreeHost(block) != cudaSuccess) static_cast<void>(cudaGetLastError());
}

void copy_bytes(void* to, const void* from, std::size_t bytes) {
  const OutsideCaptures outside("cudaMemcpy");
  check(cudaMemcpy(to, from, bytes, cudaMemcpyDefault), bytes_text("cudaMemcpy", bytes));
  wait_for_default_stream("cudaMemcpy");
}

bool available(std::string& description) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    static_cast<void>(cudaGetLastError());
    description = status == cudaSuccess ? "no device" : cudaGetErrorString(status);
    return false;
  }
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  description = properties.name;
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, probe) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  description += ": this build has no code for compute capability " +
                 std::to_string(properties.major) + "." + std::to_string(properties.minor) +
                 "; set CMAKE_CUDA_ARCHITECTURES";
  return false;
}

}  // namespace pavlov::kernels::cuda
