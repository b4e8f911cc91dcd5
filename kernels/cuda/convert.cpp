#include "pavlov/kernels/cuda/convert.h"

#include "pavlov/kernels/cuda/convert-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {

void to_bfloat16(Stream& stream, std::span<const float> x, std::span<std::uint16_t> out) {
  check_size("convert", "out", out.size(), x.size());
  launch(stream, {"to_bfloat16", {x.size()}},
         Elements<ToBfloat16>{{x.data(), out.data()}, x.size()});
}

void from_bfloat16(Stream& stream, std::span<const std::uint16_t> x, std::span<float> out) {
  check_size("convert", "out", out.size(), x.size());
  launch(stream, {"from_bfloat16", {x.size()}},
         Elements<FromBfloat16>{{x.data(), out.data()}, x.size()});
}

}  // namespace pavlov::kernels::cuda
