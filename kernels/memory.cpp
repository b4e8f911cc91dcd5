#include "pavlov/kernels/memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::kernels {
namespace {

// The huge pages that lie wholly in the block. A system that has none goes on with small ones.
void ask_for_huge_pages([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kPage = std::uintptr_t{2} << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const std::uintptr_t last = (begin + bytes) / kPage * kPage;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

}  // namespace

const char* device_name(Device device) { return device == Device::cpu ? "cpu" : "cuda"; }

bool huge_pages_wanted() {
  const char* text = std::getenv("PAVLOV_HUGE_PAGES");
  const std::string_view wish = text == nullptr ? "0" : text;
  if (wish != "0" && wish != "1") {
    throw_argument("memory", "PAVLOV_HUGE_PAGES " + one_line(wish, 40) + ": must be 0 or 1");
  }
  return wish == "1";
}

std::string huge_pages_description() {
  std::string setting = "unknown";
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  if (std::getline(file, line)) setting = line;
  return std::string(huge_pages_wanted() ? "asked for by PAVLOV_HUGE_PAGES=1"
                                         : "not asked for (PAVLOV_HUGE_PAGES=1 does)") +
         "; the system's setting: " + setting;
}

void* allocate(std::size_t bytes, Device device) {
  if (bytes == 0) return nullptr;
  if (device == Device::cuda) return cuda::allocate(bytes);
  const bool on_huge_pages = bytes >= kHugePagesFrom && huge_pages_wanted();
  void* block = ::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow);
  if (block == nullptr) {
    throw OutOfMemory("[memory] " + std::to_string(bytes) + " bytes: the host has not as many");
  }
  if (on_huge_pages) ask_for_huge_pages(block, bytes);
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
