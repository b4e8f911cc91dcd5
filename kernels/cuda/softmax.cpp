#include "pavlov/kernels/cuda/softmax.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/loss-inl.h"
#include "pavlov/kernels/cuda/shapes.h"
#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "softmax";

void check(ConstMatrixView x, const char* name, ConstMatrixView other) {
  if (x.rows != 0) check_least(kModule, "columns", x.cols, 1);
  check_shape(kModule, name, other, x.rows, x.cols);
}

template <class Target>
void launch_cross_entropy(Stream& stream, ConstMatrixView logits, const Target& target,
                          std::span<const float> weight, MatrixView gradient,
                          std::span<float> losses, float* loss) {
  const std::size_t batch = logits.rows;
  check_least(kModule, "batch", batch, 1);
  check(logits, "gradient", gradient);
  check_size(kModule, "losses", losses.size(), batch);
  if (!weight.empty()) check_size(kModule, "weight", weight.size(), batch);
  const Operation operation{"softmax_cross_entropy", {batch, logits.cols}};
  launch(stream, operation,
         CrossEntropyKernel<Target>{{},
                                    table(logits),
                                    target,
                                    pointer_or_null(weight),
                                    table(gradient),
                                    losses.data(),
                                    1.0f / static_cast<float>(batch)});
  launch(stream, operation, WeightedMean{losses.data(), pointer_or_null(weight), batch, loss});
}

}  // namespace

void softmax_forward(Stream& stream, ConstMatrixView x, MatrixView y) {
  check(x, "y", y);
  launch(stream, {"softmax_forward", {x.rows, x.cols}}, SoftmaxForward{{}, table(x), table(y)});
}

void softmax_backward(Stream& stream, ConstMatrixView y, ConstMatrixView dy, MatrixView dx) {
  check(y, "dy", dy);
  check(y, "dx", dx);
  launch(stream, {"softmax_backward", {y.rows, y.cols}},
         SoftmaxBackward{{}, table(y), table(dy), table(dx)});
}

void log_softmax_forward(Stream& stream, ConstMatrixView x, MatrixView y) {
  check(x, "y", y);
  launch(stream, {"log_softmax_forward", {x.rows, x.cols}},
         LogSoftmaxForward{{}, table(x), table(y)});
}

void log_softmax_backward(Stream& stream, ConstMatrixView y, ConstMatrixView dy, MatrixView dx) {
  check(y, "dy", dy);
  check(y, "dx", dx);
  launch(stream, {"log_softmax_backward", {y.rows, y.cols}},
         LogSoftmaxBackward{{}, table(y), table(dy), table(dx)});
}

void softmax_cross_entropy(Stream& stream, ConstMatrixView logits,
                           std::span<const std::int32_t> target, std::span<const float> weight,
                           MatrixView gradient, std::span<float> losses, float* loss) {
  check_size(kModule, "target", target.size(), logits.rows);
  launch_cross_entropy(stream, logits, ColumnTarget{target.data(), logits.cols}, weight, gradient,
                       losses, loss);
}

void softmax_cross_entropy(Stream& stream, ConstMatrixView logits, ConstMatrixView target,
                           std::span<const float> weight, MatrixView gradient,
                           std::span<float> losses, float* loss) {
  check(logits, "target", target);
  launch_cross_entropy(stream, logits, DistributionTarget{table(target)}, weight, gradient, losses,
                       loss);
}

}  // namespace pavlov::kernels::cuda
