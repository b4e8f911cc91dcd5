// Repeated: work on a device that is done over and over.
//
// Enqueued the first time, so that what it needs is loaded and allocated, then captured, from then
// on replayed: one call of the host for all of its launches.
#pragma once

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::agents::cuda {

class Repeated {
 public:
  // `enqueue` must put the same work on the stream at every call, at the same addresses.
  template <class Enqueue>
  void run(kernels::cuda::Stream& stream, const kernels::cuda::Operation& operation,
           const Enqueue& enqueue) {
    if (!warm_) {
      enqueue();
      warm_ = true;
      return;
    }
    if (graph_.empty()) graph_ = kernels::cuda::Graph::capture(stream, operation, enqueue);
    graph_.launch(stream);
  }
  // What is captured is no longer what is wanted. Its replays must be through.
  void forget() { graph_ = {}; }

 private:
  bool warm_ = false;
  kernels::cuda::Graph graph_;
};

}  // namespace pavlov::agents::cuda
