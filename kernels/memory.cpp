#include "pavlov/kernels/memory.h"

#include <cstring>
#include <new>

namespace pavlov::kernels {

const char* device_name(Device device) { return device == Device::cpu ? "cpu" : "cuda"; }

void* allocate(std::size_t bytes, Device device) {
  if (bytes == 0) return nullptr;
  if (device == Device::cuda) return cuda::allocate(bytes);
  void* block = ::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow);
  if (block == nullptr) {
    throw OutOfMemory("[memory] " + std::to_string(bytes) + " bytes: the host has not as many");
  }
  std::memset(block, 0, bytes);
  return block;
}

void deallocate(void* block, Device device) noexcept {
  if (block == nullptr) return;
  if (device == Device::cuda) {
    cuda::deallocate(block);
  } else {
    ::operator delete (block, std::align_val_t{kAlignment});
  }
}

void copy_bytes(void* to, Device to_device, const void* from, Device from_device,
                std::size_t bytes) {
  if (bytes == 0) return;
  if (to_device == Device::cpu && from_device == Device::cpu) {
    std::memcpy(to, from, bytes);
  } else {
    cuda::copy_bytes(to, from, bytes);
  }
}

}  // namespace pavlov::kernels
