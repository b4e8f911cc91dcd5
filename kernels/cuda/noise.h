// Noise in bulk on the device: noise.h of the folder above, on a stream.
//
// The numbers are those that a RandomStream draws on the host, bit for bit those of a processor
// with fused multiply-add: every thread computes the words of its pair from their position. That
// position is read from device memory, so that a draw that was captured once draws anew at every
// replay. One launch draws several vectors, as the noise of all layers of a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/random.h"

namespace pavlov::kernels::cuda {

inline constexpr std::size_t kMostNoiseVectors = 32;  // of one launch

// Where in a stream a draw begins: `offset` words behind the position that is in device memory.
struct RandomPlace {
  std::uint64_t seed, name_hash;  // of the RandomStream
  const std::uint64_t* position;  // (1)
  std::uint64_t offset;
};

// Words that draws of these sizes take of a stream, one after another.
std::uint64_t noise_words(std::span<const std::size_t> sizes);

// out = what as many draws (draw_normal, draw_factor_noise of the folder above) of these sizes give
// one after another, side by side. At most kMostNoiseVectors sizes; their sum is that of out.
void draw_normal(Stream& stream, const RandomPlace& place, std::span<const std::size_t> sizes,
                 std::span<float> out);
void draw_factor_noise(Stream& stream, const RandomPlace& place, std::span<const std::size_t> sizes,
                       std::span<float> out);

}  // namespace pavlov::kernels::cuda
