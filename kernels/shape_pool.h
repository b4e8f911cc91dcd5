// ShapePool: workspaces by the number of rows that they are made for.
//
// A learner that meets batches of several sizes, such as the smaller last minibatch of an epoch,
// keeps one workspace for each, and allocates nothing once it has seen them all. Of more than
// kMostShapes sizes the one that has rested longest makes room, so that memory stays bounded. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace pavlov::kernels {

// How often a workspace was there already.
struct PoolUse {
  std::int64_t hits = 0;
  std::int64_t misses = 0;  // workspaces made

  // Share of hits, in [0, 1]; 0 before the first call.
  double hit_rate() const {
    const std::int64_t calls = hits + misses;
    return calls == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(calls);
  }
};

template <class Workspace>
class ShapePool {
 public:
  static constexpr std::size_t kMostShapes = 8;

  // The workspace for this many rows; where there is none, `make()` returns a unique_ptr to it.
  // Valid until kMostShapes other sizes have been asked for.
  template <class Make>
  Workspace& get(std::size_t rows, Make make) {
    ++calls_;
    Entry* oldest = &entries_[0];
    for (Entry& entry : entries_) {
      if (entry.workspace != nullptr && entry.rows == rows) {
        ++use_.hits;
        entry.last_call = calls_;
        return *entry.workspace;
      }
      if (entry.last_call < oldest->last_call) oldest = &entry;
    }
    ++use_.misses;
    oldest->workspace.reset();  // before the new one takes memory of its own
    oldest->workspace = make();
    oldest->rows = rows;
    oldest->last_call = calls_;
    return *oldest->workspace;
  }

  const PoolUse& use() const { return use_; }

 private:
  struct Entry {
    std::size_t rows = 0;
    std::int64_t last_call = 0;  // 0: empty
    std::unique_ptr<Workspace> workspace;
  };

  std::array<Entry, kMostShapes> entries_;
  std::int64_t calls_ = 0;
  PoolUse use_;
};

}  // namespace pavlov::kernels
