// Compiled instead of stream.cu where CUDA is off or not installed. No Stream can be made, so no
// launcher of this folder can be called, and only constructors need to speak.
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {
namespace {

[[noreturn]] void throw_absent(const char* what) {
  throw_runtime("cuda", std::string(what) +
                            " has no CUDA in this build: install the CUDA toolkit and configure "
                            "with -DPAVLOV_CUDA=ON");
}

}  // namespace

Stream::Stream() { throw_absent("Stream"); }
Stream::~Stream() = default;
void Stream::synchronize() { throw_absent("synchronize"); }
void Stream::wait(const Event&) { throw_absent("wait"); }
void Stream::copy(void*, const void*, std::size_t) { throw_absent("copy"); }
void Stream::zero(void*, std::size_t) { throw_absent("zero"); }
void Stream::begin_capture() { throw_absent("Graph"); }
void* Stream::end_capture() { throw_absent("Graph"); }
void Stream::abandon_capture() noexcept {}

Event::Event() { throw_absent("Event"); }
Event::~Event() = default;
void Event::record(Stream&) { throw_absent("record"); }
float Event::milliseconds_since(const Event&) const { throw_absent("milliseconds_since"); }

Graph::~Graph() = default;
void Graph::launch(Stream&) const { throw_absent("Graph"); }

}  // namespace pavlov::kernels::cuda
