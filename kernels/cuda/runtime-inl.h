// Calls of the CUDA runtime, checked. C++17; include from CUDA sources only.
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace pavlov::kernels::cuda {

// Throws std::runtime_error "[cuda] <call>: <driver's text>" unless `status` is success. The driver
// would report the error once more at the next launch: it is taken back.
inline void check(cudaError_t status, const std::string& call) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw std::runtime_error("[cuda] " + call + ": " + cudaGetErrorString(status));
}

// The same, with no string made where all is well.
inline void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) check(status, std::string(call));
}

}  // namespace pavlov::kernels::cuda
