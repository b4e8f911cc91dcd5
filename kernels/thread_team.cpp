#include "pavlov/kernels/thread_team.h"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pavlov/kernels/check.h"

namespace pavlov::kernels {
namespace {

using Clock = std::chrono::steady_clock;

// A helper that finds no work looks on for this long before it returns to oneTBB: longer than the
// gap between two steps of a batch, short enough not to be missed by anyone else.
constexpr auto kPatience = std::chrono::microseconds(100);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Waits until done() holds; on a machine with more threads than cores others get their turn.
template <class Done>
void wait_until(Done done) {
  for (int look = 0; !done(); ++look) {
    if (look < 4096) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

}  // namespace

// The job of one round at a time, and the threads that help the caller with it.
//
// Shares are claimed, not assigned: thread t of T takes workers t, t + T, ... and then whatever is
// left. A helper that oneTBB has not woken yet therefore costs nothing but its help, and one that
// is still there begins some hundred nanoseconds after the call, where a fresh task would need
// microseconds.
class ThreadTeam::Crew : public std::enable_shared_from_this<Crew> {
 public:
  explicit Crew(std::size_t workers)
      : shares_(workers),
        helpers_(std::min(workers, concurrency()) - 1),
        arena_(static_cast<int>(helpers_.size() + 1)) {}

  void run(const std::function<void(std::size_t)>& job) {
    job_ = &job;
    error_ = nullptr;
    const std::uint64_t round = round_.load(std::memory_order_relaxed) + 1;
    round_.store(round);
    for (std::size_t h = 0; h < helpers_.size(); ++h) {
      if (!helpers_[h].present.exchange(true)) call(h);
    }
    take_shares(0, round);
    for (const Share& share : shares_) {
      wait_until([&] { return share.finished.load(std::memory_order_acquire) == round; });
    }
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

  // By the owner, at the end. Helpers leave when they next look; the last one frees the crew.
  void dismiss() {
    dismissed_.store(true);
    arena_.terminate();
  }

 private:
  // Of a worker: the last rounds in which its share was claimed and finished. One cache line each,
  // so that a helper which has claimed its share owns all it writes.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> claimed{0}, finished{0};
  };
  struct alignas(64) Helper {
    std::atomic<bool> present{false};  // in a task of oneTBB, or about to be
  };

  static std::size_t concurrency() {
    return static_cast<std::size_t>(std::max(1, oneapi::tbb::info::default_concurrency()));
  }

  // Who holds the crew for a helper whose task has not begun, by crew and helper. Never destroyed:
  // oneTBB's threads may begin a task after main.
  struct Calls {
    std::mutex mutex;
    std::map<std::pair<const Crew*, std::size_t>, std::shared_ptr<Crew>> waiting;
  };
  static Calls& calls() {
    static Calls* const all = new Calls;
    return *all;
  }

  void call(std::size_t h) {
    {
      const std::lock_guard lock(calls().mutex);
      calls().waiting[{this, h}] = shared_from_this();
    }
    arena_.enqueue([this, h] { answer(this, h); });
  }

  static void answer(const Crew* caller, std::size_t h) {
    std::shared_ptr<Crew> crew;
    {
      const std::lock_guard lock(calls().mutex);
      crew = std::move(calls().waiting.extract({caller, h}).mapped());
    }
    crew->help(h);
  }

  void help(std::size_t h) {
    std::uint64_t seen = 0;
    do {
      auto leave_at = Clock::now() + kPatience;
      for (std::uint32_t look = 1; !dismissed_.load(std::memory_order_relaxed); ++look) {
        const std::uint64_t round = round_.load();
        if (round != seen) {
          seen = round;
          take_shares(h + 1, round);
          leave_at = Clock::now() + kPatience;
        } else if (look % 64 == 0 && Clock::now() > leave_at) {
          break;
        }
        __builtin_prefetch(&shares_[h + 1], 1);
        pause();
      }
      helpers_[h].present.store(false);
      // A round may have begun in between, whose caller counts on this helper.
    } while (round_.load() != seen && !dismissed_.load() && !helpers_[h].present.exchange(true));
  }

  void take_shares(std::size_t thread, std::uint64_t round) {
    for (std::size_t w = thread; w < shares_.size(); w += helpers_.size() + 1) take(w, round);
    for (std::size_t w = 0; w < shares_.size(); ++w) take(w, round);
  }

  // A claim succeeds only in the current round: run() cannot return, nor the job go, before it is
  // worked off.
  void take(std::size_t worker, std::uint64_t round) {
    Share& share = shares_[worker];
    std::uint64_t before = round - 1;
    if (share.claimed.load(std::memory_order_relaxed) != before ||
        !share.claimed.compare_exchange_strong(before, round)) {
      return;
    }
    try {
      (*job_)(worker);
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (error_ == nullptr) error_ = std::current_exception();
    }
    share.finished.store(round, std::memory_order_release);
  }

  alignas(64) std::atomic<std::uint64_t> round_{0};
  const std::function<void(std::size_t)>* job_ = nullptr;  // of the current round, one line with it
  std::atomic<bool> dismissed_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  std::vector<Share> shares_;
  std::vector<Helper> helpers_;
  oneapi::tbb::task_arena arena_;
};

ThreadTeam::ThreadTeam(std::size_t workers) : workers_(workers) {
  constexpr std::size_t kMost = 1024;
  if (workers == 0 || workers > kMost) {
    throw_argument("threads", "threads " + std::to_string(workers) + ": must be in [1, 1024]");
  }
  if (workers > 1) crew_ = std::make_shared<Crew>(workers);
}

ThreadTeam::~ThreadTeam() {
  if (crew_ != nullptr) crew_->dismiss();
}

void ThreadTeam::run_parallel(const std::function<void(std::size_t)>& job) { crew_->run(job); }

}  // namespace pavlov::kernels
