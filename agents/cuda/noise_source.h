// NoiseSource: the stream that a noisy network on the device draws from.
//
// The device computes the numbers; their place in the stream goes to it with each batch, so that
// captured work draws anew at every replay.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "pavlov/kernels/cuda/noise.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::agents::cuda {

class NoiseSource {
 public:
  NoiseSource(std::uint64_t seed, std::string_view name) : random_(seed, name) {}

  // The next `words` words of the stream are those of the work that comes now. What came before
  // must be through.
  void prepare(std::uint64_t words) { prepare(random_.position(), words); }
  // The same from `place` on, where words may have been taken before.
  void prepare(std::uint64_t place, std::uint64_t words) {
    given_[0] = place;
    random_.set_position(std::max(random_.position(), place + words));
  }
  // Of the next word that none has taken.
  std::uint64_t position() const { return random_.position(); }
  // Enqueues the way of the place to the device.
  void enqueue(kernels::cuda::Stream& stream) {
    stream.copy(position_.data(), given_.data(), given_.bytes());
  }
  // Behind the first `offset` of those words.
  kernels::cuda::RandomPlace place(std::uint64_t offset) const {
    return {random_.seed(), random_.name_hash(), position_.data(), offset};
  }

 private:
  kernels::RandomStream random_;
  kernels::cuda::PinnedArray<std::uint64_t> given_{1};
  kernels::TensorOf<std::uint64_t> position_{{1}, kernels::Device::cuda};
};

}  // namespace pavlov::agents::cuda
