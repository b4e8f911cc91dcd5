// Captures, and calls that wait for all streams, keep out of each other's way across threads.
//
// Allocations and whole copies (memory.h) go by the default stream, which is in order with every
// other one. While any stream captures, in whichever thread, the driver refuses that, and may
// invalidate the capture. So a capture waits until such calls are through, and they wait until it
// has ended; it takes about as long as its launches. C++17; for this folder's sources.
#pragma once

#include <shared_mutex>
#include <stdexcept>
#include <string>

namespace pavlov::kernels::cuda {

inline std::shared_mutex& capture_gate() {
  static std::shared_mutex gate;
  return gate;
}

// Whether this thread captures.
inline bool& captures_here() {
  static thread_local bool captures = false;
  return captures;
}

inline void open_capture() {
  if (captures_here()) throw std::runtime_error("[cuda] a capture within a capture");
  capture_gate().lock();
  captures_here() = true;
}
inline void close_capture() {
  captures_here() = false;
  capture_gate().unlock();
}

// Around a call that waits for all streams. Throws std::runtime_error in a thread that captures,
// where it would wait for itself.
class OutsideCaptures {
 public:
  explicit OutsideCaptures(const char* call) : OutsideCaptures() {
    if (waits_) return;
    throw std::runtime_error("[cuda] " + std::string(call) +
                             " while a stream captures: must be done before");
  }
  // For calls that may not throw: in a thread that captures the driver refuses them.
  OutsideCaptures() noexcept : waits_(!captures_here()) {
    if (waits_) capture_gate().lock_shared();
  }
  ~OutsideCaptures() {
    if (waits_) capture_gate().unlock_shared();
  }
  OutsideCaptures(const OutsideCaptures&) = delete;
  OutsideCaptures& operator=(const OutsideCaptures&) = delete;

 private:
  const bool waits_;
};

}  // namespace pavlov::kernels::cuda
