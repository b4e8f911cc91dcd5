#include "pavlov/kernels/cuda/stream.h"

#include "pavlov/kernels/cuda/capture_gate.h"
#include "pavlov/kernels/cuda/runtime-inl.h"

namespace pavlov::kernels::cuda {
namespace {

cudaStream_t stream_of(void* handle) { return static_cast<cudaStream_t>(handle); }
cudaEvent_t event_of(void* handle) { return static_cast<cudaEvent_t>(handle); }

}  // namespace

Stream::Stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream), "cudaStreamCreate");
  handle_ = stream;
}

Stream::~Stream() {
  attachment_.reset();
  static_cast<void>(cudaStreamDestroy(stream_of(handle_)));
}

void Stream::synchronize() {
  const cudaError_t status = cudaStreamSynchronize(stream_of(handle_));
  if (status != cudaSuccess)
    check(status, "waiting for " + last_.text() + " and what was before it");
}

void Stream::wait(const Event& event) {
  check(cudaStreamWaitEvent(stream_of(handle_), event_of(event.native()), 0),
        "cudaStreamWaitEvent");
}

void Stream::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  const Operation operation{"copy", {bytes}};
  const cudaError_t status =
      cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_of(handle_));
  if (status != cudaSuccess) check(status, operation.text());
  enqueued(operation);
}

void Stream::zero(void* block, std::size_t bytes) {
  if (bytes == 0) return;
  const Operation operation{"zero", {bytes}};
  const cudaError_t status = cudaMemsetAsync(block, 0, bytes, stream_of(handle_));
  if (status != cudaSuccess) check(status, operation.text());
  enqueued(operation);
}

void Stream::begin_capture() {
  open_capture();
  const cudaError_t status =
      cudaStreamBeginCapture(stream_of(handle_), cudaStreamCaptureModeThreadLocal);
  if (status != cudaSuccess) close_capture();
  check(status, "cudaStreamBeginCapture");
}

void* Stream::end_capture() {
  cudaGraph_t graph = nullptr;
  const cudaError_t captured = cudaStreamEndCapture(stream_of(handle_), &graph);
  close_capture();
  check(captured, "cudaStreamEndCapture");
  cudaGraphExec_t executable = nullptr;
  const cudaError_t status = cudaGraphInstantiate(&executable, graph, 0);
  static_cast<void>(cudaGraphDestroy(graph));
  check(status, "cudaGraphInstantiate");
  return executable;
}

void Stream::abandon_capture() noexcept {
  cudaGraph_t graph = nullptr;
  static_cast<void>(cudaStreamEndCapture(stream_of(handle_), &graph));
  close_capture();
  if (graph != nullptr) static_cast<void>(cudaGraphDestroy(graph));
  static_cast<void>(cudaGetLastError());
}

Event::Event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "cudaEventCreate");
  handle_ = event;
}

Event::~Event() { static_cast<void>(cudaEventDestroy(event_of(handle_))); }

void Event::record(Stream& stream) {
  check(cudaEventRecord(event_of(handle_), stream_of(stream.native())), "cudaEventRecord");
}

float Event::milliseconds_since(const Event& earlier) const {
  check(cudaEventSynchronize(event_of(handle_)), "cudaEventSynchronize");
  float milliseconds = 0.0f;
  check(cudaEventElapsedTime(&milliseconds, event_of(earlier.handle_), event_of(handle_)),
        "cudaEventElapsedTime");
  return milliseconds;
}

Graph::~Graph() {
  if (handle_ == nullptr) return;
  static_cast<void>(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(handle_)));
}

void Graph::launch(Stream& stream) const {
  const cudaError_t status =
      cudaGraphLaunch(static_cast<cudaGraphExec_t>(handle_), stream_of(stream.native()));
  if (status != cudaSuccess) check(status, operation_.text());
  stream.enqueued(operation_);
}

}  // namespace pavlov::kernels::cuda
