#include "pavlov/kernels/cuda/loss.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/loss-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

template <class Loss>
void launch_loss(Stream& stream, const char* name, const Loss& function,
                 std::span<const float> prediction, std::span<const float> target,
                 std::span<const float> weight, std::span<float> gradient, float* loss) {
  const std::size_t size = prediction.size();
  check_least("loss", "batch", size, 1);
  check_size("loss", "target", target.size(), size);
  check_size("loss", "gradient", gradient.size(), size);
  if (!weight.empty()) check_size("loss", "weight", weight.size(), size);
  launch(stream, {name, {size}},
         LossKernel<Loss>{function, prediction.data(), target.data(), pointer_or_null(weight),
                          gradient.data(), size,
                          static_cast<float>(1.0 / static_cast<double>(size)), loss});
}

}  // namespace

void huber_loss(Stream& stream, std::span<const float> prediction, std::span<const float> target,
                std::span<const float> weight, float kappa, std::span<float> gradient,
                float* loss) {
  if (!(kappa > 0.0f)) throw_argument("loss", "kappa " + number_text(kappa) + ": must be positive");
  launch_loss(stream, "huber_loss", Huber{kappa}, prediction, target, weight, gradient, loss);
}

void mse_loss(Stream& stream, std::span<const float> prediction, std::span<const float> target,
              std::span<const float> weight, std::span<float> gradient, float* loss) {
  launch_loss(stream, "mse_loss", Square{}, prediction, target, weight, gradient, loss);
}

void mean(Stream& stream, std::span<const float> values, float* out) {
  check_least("loss", "values", values.size(), 1);
  launch(stream, {"mean", {values.size()}},
         WeightedMean{values.data(), nullptr, values.size(), out});
}

}  // namespace pavlov::kernels::cuda
