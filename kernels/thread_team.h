// ThreadTeam: a fixed number of workers, each of which owns its share of a batch.
//
// The partition is static and depends only on (rows, workers): worker w always gets the same
// block, so no result depends on scheduling, and no worker ever touches another one's rows. The
// threads are oneTBB's, at most one per core; one worker means a plain call.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>

namespace pavlov::kernels {

// Rows [begin, end).
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

// Share of `worker` when `rows` rows are dealt out to `workers` in blocks of `grain` rows (a
// multiple of a cache line's worth of rows keeps workers off each other's lines).
inline RowRange static_block(std::size_t rows, std::size_t workers, std::size_t worker,
                             std::size_t grain) {
  const std::size_t blocks = (rows + grain - 1) / grain;
  const std::size_t begin = blocks * worker / workers * grain;
  const std::size_t end = blocks * (worker + 1) / workers * grain;
  return {std::min(begin, rows), std::min(end, rows)};
}

class ThreadTeam {
 public:
  // `workers` in [1, 1024]; else std::invalid_argument.
  explicit ThreadTeam(std::size_t workers);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t workers() const { return workers_; }

  // Calls job(worker) once for every worker in [0, workers()) and returns when all are done; then
  // the first exception that a job has thrown is rethrown. To be called by one thread at a time; a
  // job may run another team.
  template <class Job>
  void run(Job&& job) {
    if (workers_ == 1) {
      job(std::size_t{0});
    } else {
      run_parallel(std::ref(job));
    }
  }

 private:
  void run_parallel(const std::function<void(std::size_t)>& job);

  class Crew;
  std::size_t workers_;
  std::shared_ptr<Crew> crew_;  // null for one worker
};

}  // namespace pavlov::kernels
