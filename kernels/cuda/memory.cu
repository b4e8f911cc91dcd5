// Device memory by the CUDA runtime. C++17-clean: nvcc 13 under CMake 3.25 compiles no newer.
#include "pavlov/kernels/memory.h"

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace pavlov::kernels::cuda {
namespace {

void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) {
    throw std::runtime_error(std::string("[cuda] ") + call + ": " + cudaGetErrorString(status));
  }
}

}  // namespace

void* allocate(std::size_t bytes) {
  void* block = nullptr;
  check(cudaMalloc(&block, bytes), "cudaMalloc");
  check(cudaMemset(block, 0, bytes), "cudaMemset");
  return block;
}

void deallocate(void* block) noexcept { static_cast<void>(cudaFree(block)); }

void copy_bytes(void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpy(to, from, bytes, cudaMemcpyDefault), "cudaMemcpy");
}

bool available(std::string& description) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    description = status == cudaSuccess ? "no device" : cudaGetErrorString(status);
    return false;
  }
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  description = properties.name;
  return true;
}

}  // namespace pavlov::kernels::cuda
