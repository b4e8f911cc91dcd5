// Streams of the CUDA device: work done in order, marks in time, work captured once and replayed.
//
// What is enqueued on a stream returns at once and runs on the device after what was enqueued there
// before it. The launchers of this folder (linear.h, loss.h, ...) have the names and shapes of the
// functions one folder up, take a stream, and their views lie in device memory. They allocate
// nothing, so all of them can be captured.
//
// Errors: work that the device refuses throws std::runtime_error "[cuda] operation (sizes): what
// the driver says" at once, work that fails while it runs at the next wait. The process may go on,
// and so may the stream, unless the driver says that the device itself was lost (an address outside
// its memory). Without a device, or in a build without CUDA, no Stream can be made: the constructor
// throws and says why, so that call sites need no #ifdef.
//
// A stream and what belongs to it are used by one thread at a time. Streams, allocate and
// copy_bytes (memory.h) are in order with each other. While a stream captures, these two wait for
// the end of that in other threads, and are an error in its own.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "pavlov/kernels/cuda/operation.h"

namespace pavlov::kernels::cuda {

class Event;

class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Waits until the device has done all that was enqueued.
  void synchronize();
  // Lets what is enqueued from now on wait for the work before `event`.
  void wait(const Event& event);

  // Copies between any two memories, in order with the rest. Memory of the host should be pinned
  // (pinned.h): else the copy may not overlap with the host's work, and cannot be captured.
  void copy(void* to, const void* from, std::size_t bytes);
  // Fills device memory with zero bytes.
  void zero(void* block, std::size_t bytes);

  // For launch.h: the driver's handle, and the note of what was enqueued last.
  void* native() const { return handle_; }
  void enqueued(const Operation& operation) { last_ = operation; }
  // For library_product.h: what the library keeps for this stream.
  std::shared_ptr<void>& attachment() { return attachment_; }

 private:
  friend class Graph;
  void begin_capture();
  void* end_capture();  // the executable graph
  void abandon_capture() noexcept;

  void* handle_ = nullptr;
  Operation last_{"nothing"};
  std::shared_ptr<void> attachment_;
};

// A mark in a stream.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // After what `stream` has so far.
  void record(Stream& stream);
  // Device time between two recorded marks, in milliseconds (about 0.5 us exact); waits for this
  // one.
  float milliseconds_since(const Event& earlier) const;

  void* native() const { return handle_; }

 private:
  void* handle_ = nullptr;
};

// Work captured once and enqueued again with one call: no launch costs of the single operations.
class Graph {
 public:
  Graph() = default;
  ~Graph();
  Graph(Graph&& other) noexcept { swap(other); }
  Graph& operator=(Graph&& other) noexcept {
    swap(other);
    return *this;
  }

  // What work() enqueues on `stream`; nothing runs yet. `operation` is the whole of it, for
  // messages. The addresses are captured, not the contents: memory must live, and what should
  // differ between replays must be in memory. Throws what work() throws; the stream is then as
  // before.
  template <class Work>
  static Graph capture(Stream& stream, const Operation& operation, Work&& work) {
    stream.begin_capture();
    try {
      work();
    } catch (...) {
      stream.abandon_capture();
      throw;
    }
    Graph graph;
    graph.handle_ = stream.end_capture();
    graph.operation_ = operation;
    return graph;
  }

  bool empty() const { return handle_ == nullptr; }
  // Enqueues the work, which must not be empty.
  void launch(Stream& stream) const;

 private:
  void swap(Graph& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(operation_, other.operation_);
  }

  void* handle_ = nullptr;
  Operation operation_{"nothing"};
};

}  // namespace pavlov::kernels::cuda
