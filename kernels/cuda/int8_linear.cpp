#include "pavlov/kernels/cuda/int8_linear.h"

#include "pavlov/kernels/cuda/int8_linear-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "int8_linear";

}  // namespace

void quantize_int8(Stream& stream, ConstMatrixView weight, BasicMatrixView<std::int8_t> quantized,
                   std::span<float> scale) {
  check_shape(kModule, "quantized", quantized, weight.rows, weight.cols);
  check_size(kModule, "scale", scale.size(), weight.cols);
  launch(stream, {"quantize_int8", {weight.rows, weight.cols}},
         Elements<QuantizeColumn>{{table(weight), table(quantized), scale.data()}, weight.cols});
}

void int8_linear_forward(Stream& stream, ConstMatrixView x,
                         BasicMatrixView<const std::int8_t> weight, std::span<const float> scale,
                         std::span<const float> bias, Activation activation, MatrixView y) {
  check_shape(kModule, "weight", weight, x.cols, weight.cols);
  check_size(kModule, "scale", scale.size(), weight.cols);
  check_size(kModule, "bias", bias.size(), weight.cols);
  check_shape(kModule, "y", y, x.rows, weight.cols);
  const Int8Linear kernel{
      table(x), table(weight), scale.data(), bias.data(), static_cast<int>(activation), table(y)};
  launch(stream, {"int8_linear_forward", {x.rows, x.cols, y.cols}},
         Elements<Int8Linear>{kernel, y.rows * y.cols});
}

}  // namespace pavlov::kernels::cuda
