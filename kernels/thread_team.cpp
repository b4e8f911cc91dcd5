#include "pavlov/kernels/thread_team.h"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::kernels {

struct ThreadTeam::Arena {
  // More workers than cores share the cores: oneTBB would print a warning and do the same.
  explicit Arena(std::size_t workers)
      : tbb(std::min(static_cast<int>(workers), oneapi::tbb::info::default_concurrency())) {}

  oneapi::tbb::task_arena tbb;
  // Hand-over points. oneTBB orders the jobs itself, inside its shared library; these two make the
  // same order visible to a race detector that sees only our code.
  std::atomic<std::size_t> started{0};
  std::atomic<std::size_t> finished{0};
};

ThreadTeam::ThreadTeam(std::size_t workers) : workers_(workers) {
  constexpr std::size_t kMost = 1024;
  if (workers == 0 || workers > kMost) {
    throw_argument("threads", "threads " + std::to_string(workers) + ": must be in [1, 1024]");
  }
  if (workers > 1) arena_ = std::make_unique<Arena>(workers);
}

ThreadTeam::~ThreadTeam() = default;

void ThreadTeam::run_parallel(const std::function<void(std::size_t)>& job) {
  Arena& arena = *arena_;
  arena.started.fetch_add(1, std::memory_order_release);
  arena.tbb.execute([&] {
    oneapi::tbb::parallel_for(
        std::size_t{0}, workers_,
        [&](std::size_t worker) {
          static_cast<void>(arena.started.load(std::memory_order_acquire));
          job(worker);
          arena.finished.fetch_add(1, std::memory_order_release);
        },
        oneapi::tbb::static_partitioner());
  });
  static_cast<void>(arena.finished.load(std::memory_order_acquire));
}

}  // namespace pavlov::kernels
