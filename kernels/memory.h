// Memory: 64-byte aligned blocks on a device, and copies between devices.
//
// There is no arena. What a learner needs is in tensors of its network, optimizer and workspaces,
// which are made at the first update of a batch size and stay (scratch_rows.h, shape_pool.h): tests
// count that nothing is allocated from then on. Where they lie makes no difference either: a
// training step takes the same time with the whole heap in one piece on huge pages
// (GLIBC_TUNABLES=glibc.malloc.hugetlb=1). What misses the caches of addresses is replay: the large
// blocks of huge_pages_wanted().
//
// The CUDA half lives in cuda/memory.cu; a build without CUDA links cuda/memory_stub.cpp, whose
// functions say so, and call sites stay free of #ifdef.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

namespace pavlov::kernels {

inline constexpr std::size_t kAlignment = 64;  // bytes: one cache line and one AVX-512 vector

enum class Device : std::uint8_t { cpu, cuda };

// "cpu" or "cuda".
const char* device_name(Device device);

// The host has not that much memory; what() says how much was wanted, and for what.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(const std::string& message) : message_(message) {}
  const char* what() const noexcept override { return message_.what(); }

 private:
  std::runtime_error message_;  // its copies cannot fail
};

// Whether blocks of at least kHugePagesFrom bytes ask for huge pages (madvise), so that a replay of
// a million transitions misses fewer translations of addresses; 1-8 % of a batch (bench_replay). By
// the environment variable PAVLOV_HUGE_PAGES, 0 or 1; 0 where it is not set, because a system whose
// memory is in pieces may take long to find them. Throws std::invalid_argument for another value.
inline constexpr std::size_t kHugePagesFrom = std::size_t{4} << 20;
bool huge_pages_wanted();
// Whether, and the setting of the system, without which nothing happens.
std::string huge_pages_description();

// Zero-filled block of `bytes` bytes; throws OutOfMemory (cpu) or std::runtime_error (cuda). Zero
// bytes give nullptr.
void* allocate(std::size_t bytes, Device device);
void deallocate(void* block, Device device) noexcept;

// Copies `bytes` bytes between any two devices; returns when the copy is complete.
void copy_bytes(void* to, Device to_device, const void* from, Device from_device,
                std::size_t bytes);

namespace cuda {

void* allocate(std::size_t bytes);
void deallocate(void* block) noexcept;
void copy_bytes(void* to, const void* from, std::size_t bytes);

// Zero-filled memory of the host that the device can copy from and to by itself (cuda/pinned.h);
// throws std::runtime_error. Zero bytes give nullptr.
void* allocate_pinned(std::size_t bytes);
void deallocate_pinned(void* block) noexcept;

// True where a device answers; `description` then holds its name, else why there is none.
bool available(std::string& description);

}  // namespace cuda
}  // namespace pavlov::kernels
