// Exchange: hands the newest value from one thread to another, without locks and without waiting.
//
// Three values: one that the writer fills, one that the reader looks at, and one between them. The
// writer swaps its own with the middle one, the reader takes the middle one where it is new: both
// are single atomic exchanges, so neither ever waits, and values between two looks are overwritten.
// One thread writes, one reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace pavlov::apps {

template <class T>
class Exchange {
 public:
  // Writer: the value to fill. It holds what was published some time ago.
  T& draft() { return values_[writing_]; }
  // Writer: makes the draft the newest value.
  void publish() {
    const std::uint8_t old = middle_.exchange(writing_ | kNew, std::memory_order_acq_rel);
    writing_ = old & kIndex;
  }

  // Reader: takes the newest value; returns false where there is none since the last call.
  bool take() {
    if ((middle_.load(std::memory_order_relaxed) & kNew) == 0) return false;
    const std::uint8_t old = middle_.exchange(reading_, std::memory_order_acq_rel);
    reading_ = old & kIndex;
    return true;
  }
  // Reader: what was taken last; valid until the next take.
  T& value() { return values_[reading_]; }
  const T& peek() const { return values_[reading_]; }

 private:
  static constexpr std::uint8_t kIndex = 3, kNew = 4;
  static_assert(std::atomic<std::uint8_t>::is_always_lock_free);

  T values_[3];
  std::uint8_t writing_ = 0;  // of the writer alone
  alignas(64) std::atomic<std::uint8_t> middle_ = 1;
  alignas(64) std::uint8_t reading_ = 2;  // of the reader alone
};

}  // namespace pavlov::apps
