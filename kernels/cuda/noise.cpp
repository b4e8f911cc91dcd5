#include "pavlov/kernels/cuda/noise.h"

#include <algorithm>
#include <numeric>

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/noise-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

template <class Finish>
void draw(Stream& stream, const char* name, const RandomPlace& place,
          std::span<const std::size_t> sizes, std::span<float> out) {
  static_assert(NoisePair<Finish>::kMost == kMostNoiseVectors);
  if (sizes.size() > kMostNoiseVectors) {
    throw_argument("noise", std::to_string(sizes.size()) + " vectors: must be at most " +
                                std::to_string(kMostNoiseVectors));
  }
  check_size("noise", "out", out.size(),
             std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
  NoisePair<Finish> pair{place.seed, place.name_hash, place.position, place.offset, sizes.size(),
                         {},         out.data()};
  std::ranges::copy(sizes, pair.size);
  launch(stream, {name, {out.size()}}, Elements<NoisePair<Finish>>{pair, noise_words(sizes) / 2});
}

}  // namespace

std::uint64_t noise_words(std::span<const std::size_t> sizes) {
  std::uint64_t words = 0;
  for (const std::size_t size : sizes) words += 2 * noise_pairs(size);
  return words;
}

void draw_normal(Stream& stream, const RandomPlace& place, std::span<const std::size_t> sizes,
                 std::span<float> out) {
  draw<Normal>(stream, "draw_normal", place, sizes, out);
}

void draw_factor_noise(Stream& stream, const RandomPlace& place, std::span<const std::size_t> sizes,
                       std::span<float> out) {
  draw<FactorNoise>(stream, "draw_factor_noise", place, sizes, out);
}

}  // namespace pavlov::kernels::cuda
