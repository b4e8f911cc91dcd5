#include "pavlov/kernels/cuda/noise.h"

#include "pavlov/kernels/noise.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class NoiseTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(NoiseTest);

RandomPlace place_of(const RandomStream& random, OnDevice<std::uint64_t>& position,
                     std::uint64_t offset) {
  return {random.seed(), random.name_hash(), position.data(), offset};
}

// The bits of the processor's where it fuses; else some units in the last place.
void expect_drawn(const std::vector<float>& expected, const std::vector<float>& actual,
                  const std::string& what) {
  const std::string_view target = simd_target();
  if (target == "avx2" || target == "avx512") {
    expect_same<float>(expected, actual, what);
  } else {
    expect_close(expected, actual, what);
  }
}

TEST_P(NoiseTest, DrawsWhatTheStreamDraws) {
  const std::vector<std::vector<std::size_t>> draws = {{1},
                                                       {2},
                                                       {3, 1, 4},
                                                       {64, 51},
                                                       {512, 513, 511},
                                                       {1025, 7, 0, 600},
                                                       std::vector<std::size_t>(32, 5)};
  for (const std::uint64_t start : {0, 1, 6, 1001}) {
    for (const auto& sizes : draws) {
      RandomStream random(12345678901234567u, "noise");
      random.set_position(start);
      std::size_t total = 0;
      for (const std::size_t size : sizes) total += size;
      std::vector<float> expected(total), normal(total);
      OnDevice<float> out(total);
      OnDevice<std::uint64_t> position(std::vector<std::uint64_t>{start / 2});
      std::size_t at = 0;
      for (const std::size_t size : sizes) {
        draw_factor_noise(random, std::span(expected).subspan(at, size));
        at += size;
      }
      draw_factor_noise(stream(), place_of(random, position, start - start / 2), sizes, out);
      expect_drawn(expected, out.values(), "factor noise");
      EXPECT_EQ(random.position(), start + noise_words(sizes));

      random.set_position(start);
      at = 0;
      for (const std::size_t size : sizes) {
        draw_normal(random, std::span(normal).subspan(at, size));
        at += size;
      }
      draw_normal(stream(), place_of(random, position, start - start / 2), sizes, out);
      expect_drawn(normal, out.values(), "normal");
    }
  }
}

// Blocks far from the beginning: their number has more than 32 bits.
TEST_P(NoiseTest, PositionsMayBeLarge) {
  const std::uint64_t start = (std::uint64_t{1} << 37) + 3;
  RandomStream random(3, "noise");
  random.set_position(start);
  std::vector<float> expected(40);
  draw_factor_noise(random, expected);
  OnDevice<float> out(40);
  OnDevice<std::uint64_t> position(std::vector<std::uint64_t>{start});
  draw_factor_noise(stream(), place_of(random, position, 0), {{40}}, out);
  expect_drawn(expected, out.values(), "far away");
}

TEST_P(NoiseTest, CapturedDrawsFollowThePosition) {
  RandomStream random(3, "noise");
  OnDevice<std::uint64_t> position(1);
  OnDevice<float> out(10);
  const Graph graph = Graph::capture(stream(), {"draw"}, [&] {
    draw_factor_noise(stream(), place_of(random, position, 0), {{10}}, out);
  });
  for (int draw = 0; draw < 3; ++draw) {
    const std::uint64_t here = random.position();
    copy_bytes(position.data(), Device::cuda, &here, Device::cpu, sizeof here);
    graph.launch(stream());
    std::vector<float> expected(10);
    draw_factor_noise(random, expected);
    expect_drawn(expected, out.values(), "replay");
  }
}

TEST_P(NoiseTest, WrongSizesAreArguments) {
  OnDevice<float> out(33);
  OnDevice<std::uint64_t> position(1);
  const RandomPlace place = place_of(RandomStream(1, "noise"), position, 0);
  EXPECT_THROW(draw_normal(stream(), place, {{32}}, out), std::invalid_argument);
  const std::vector<std::size_t> many(33, 1);
  EXPECT_THROW(draw_factor_noise(stream(), place, many, out), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
