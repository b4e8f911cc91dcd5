// The device half of memory.h and stream.h on the host, see kernels/cuda/run_on_host-inl.h. "Device
// memory" is memory that only kernels and copies may touch, with a guard page behind each block; a
// captured graph is a list of what to run again. What a device refuses while a stream captures is
// refused here too: allocations, waits, and copies of memory that is not pinned.
#include <sys/mman.h>

#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/memory.h"
#include "pavlov/kernels/cuda/run_on_host-inl.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kAlignment = 8;  // a device gives more; less room to go astray here
constexpr std::size_t kDeviceBytes = std::size_t{1} << 30;

// Blocks that end where a page without access begins (up to their alignment).
class DeviceMemory {
 public:
  void* allocate(std::size_t bytes) {
    if (bytes > kDeviceBytes) throw_runtime("cuda", "allocate: out of memory");
    const std::size_t used = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    const std::size_t open = (used + kPage - 1) / kPage * kPage;
    void* base = mmap(nullptr, open + kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) throw_runtime("cuda", "allocate: out of memory");
    char* const block = static_cast<char*>(base) + (open - used);
    regions_[block] = {base, open};
    if (openings_ > 0) protect(regions_[block], PROT_READ | PROT_WRITE);
    return block;
  }
  void deallocate(void* block) {
    const auto found = regions_.find(block);
    if (found == regions_.end()) return;
    munmap(found->second.base, found->second.bytes + kPage);
    regions_.erase(found);
  }
  bool holds(const void* address) const {
    auto next = regions_.upper_bound(const_cast<void*>(address));
    if (next == regions_.begin()) return false;
    const Region& region = std::prev(next)->second;
    return address < static_cast<char*>(region.base) + region.bytes;
  }
  void open() {
    if (openings_++ > 0) return;
    for (const auto& [block, region] : regions_) protect(region, PROT_READ | PROT_WRITE);
  }
  void close() {
    if (--openings_ > 0) return;
    for (const auto& [block, region] : regions_) protect(region, PROT_NONE);
  }

 private:
  struct Region {
    void* base;
    std::size_t bytes;
  };
  static void protect(const Region& region, int access) {
    if (mprotect(region.base, region.bytes, access) != 0) std::abort();
  }

  std::map<void*, Region> regions_;
  int openings_ = 0;
};

DeviceMemory& memory() {
  static DeviceMemory memory;
  return memory;
}

// Pinned blocks and their sizes.
std::map<const char*, std::size_t>& pinned() {
  static std::map<const char*, std::size_t> blocks;
  return blocks;
}

bool is_pinned(const void* address) {
  const auto next = pinned().upper_bound(static_cast<const char*>(address));
  if (next == pinned().begin()) return false;
  const auto& [block, bytes] = *std::prev(next);
  return address < block + bytes;
}

int capturing = 0;  // streams

void refuse_while_capturing(const char* call) {
  if (capturing > 0) throw_runtime("cuda", std::string(call) + ": a stream captures");
}

struct Opened {
  Opened() { memory().open(); }
  ~Opened() { memory().close(); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
};

using Work = std::vector<std::function<void()>>;

struct HostStream {
  std::unique_ptr<Work> captured;  // while it captures
};

HostStream& host(void* handle) { return *static_cast<HostStream*>(handle); }

bool descending = false;

using Clock = std::chrono::steady_clock;

}  // namespace

// ---- memory.h ----

void* allocate(std::size_t bytes) {
  refuse_while_capturing("allocate");
  return memory().allocate(bytes);
}
void deallocate(void* block) noexcept { memory().deallocate(block); }
void* allocate_pinned(std::size_t bytes) {
  refuse_while_capturing("allocate_pinned");
  if (bytes > kDeviceBytes) throw_runtime("cuda", "allocate_pinned: out of memory");
  if (bytes == 0) return nullptr;
  void* const block = kernels::allocate(bytes, Device::cpu);
  pinned()[static_cast<char*>(block)] = bytes;
  return block;
}
void deallocate_pinned(void* block) noexcept {
  pinned().erase(static_cast<char*>(block));
  kernels::deallocate(block, Device::cpu);
}
void copy_bytes(void* to, const void* from, std::size_t bytes) {
  refuse_while_capturing("copy_bytes");
  const Opened opened;
  std::memmove(to, from, bytes);
}
bool available(std::string& description) {
  description = "none; kernels run on the host";
  return true;
}

// ---- run_on_host.h ----

void run_descending(bool wanted) { descending = wanted; }
bool runs_descending() { return descending; }

void run_or_capture(Stream& stream, const Operation& operation, std::function<void()> work) {
  HostStream& s = host(stream.native());
  if (s.captured != nullptr) {
    s.captured->push_back(std::move(work));
  } else {
    const Opened opened;
    work();
  }
  stream.enqueued(operation);
}

// ---- stream.h ----

Stream::Stream() : handle_(new HostStream) {}
Stream::~Stream() { delete static_cast<HostStream*>(handle_); }
void Stream::synchronize() {
  if (host(handle_).captured != nullptr) refuse_while_capturing("synchronize");
}
void Stream::wait(const Event&) {}
void Stream::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  for (const void* end : {static_cast<const void*>(to), from}) {
    if (!memory().holds(end) && !is_pinned(end)) refuse_while_capturing("copy of pageable memory");
  }
  run_or_capture(*this, {"copy", {bytes}}, [=] { std::memmove(to, from, bytes); });
}
void Stream::zero(void* block, std::size_t bytes) {
  if (bytes == 0) return;
  run_or_capture(*this, {"zero", {bytes}}, [=] { std::memset(block, 0, bytes); });
}
void Stream::begin_capture() {
  host(handle_).captured = std::make_unique<Work>();
  ++capturing;
}
void* Stream::end_capture() {
  --capturing;
  return host(handle_).captured.release();
}
void Stream::abandon_capture() noexcept {
  --capturing;
  host(handle_).captured.reset();
}

Event::Event() : handle_(new Clock::time_point) {}
Event::~Event() { delete static_cast<Clock::time_point*>(handle_); }
void Event::record(Stream&) { *static_cast<Clock::time_point*>(handle_) = Clock::now(); }
float Event::milliseconds_since(const Event& earlier) const {
  return std::chrono::duration<float, std::milli>(*static_cast<Clock::time_point*>(handle_) -
                                                  *static_cast<Clock::time_point*>(earlier.handle_))
      .count();
}

Graph::~Graph() { delete static_cast<Work*>(handle_); }
void Graph::launch(Stream& stream) const {
  run_or_capture(stream, operation_, [work = static_cast<const Work*>(handle_)] {
    for (const std::function<void()>& step : *work) step();
  });
}

}  // namespace pavlov::kernels::cuda
