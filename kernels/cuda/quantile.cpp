#include "pavlov/kernels/cuda/quantile.h"

#include <limits>

#include "pavlov/kernels/cuda/action_blocks.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/loss-inl.h"
#include "pavlov/kernels/cuda/quantile-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "quantile";

}  // namespace

void quantile_huber_loss(Stream& stream, const QuantileLoss& loss, ConstMatrixView quantiles,
                         std::span<const std::int32_t> action, ConstMatrixView target,
                         std::span<const float> weight, MatrixView gradient,
                         std::span<float> sample_loss, float* value) {
  const std::size_t batch = quantiles.rows;
  check_least(kModule, "batch", batch, 1);
  check_least(kModule, "targets", target.cols, 1);
  check_shape(kModule, "target", target, batch, target.cols);
  check_shape(kModule, "gradient", gradient, batch, quantiles.cols);
  check_size(kModule, "sample_loss", sample_loss.size(), batch);
  if (!weight.empty()) check_size(kModule, "weight", weight.size(), batch);
  require(loss.kappa >= 0.0f && loss.kappa <= std::numeric_limits<float>::max(), kModule, "kappa",
          loss.kappa, "finite and at least 0");
  const ChosenBlock chosen = chosen_block(kModule, action, batch, quantiles.cols, loss.quantiles);
  const Operation operation{"quantile_huber_loss", {batch, chosen.size, target.cols}};
  launch(stream, operation,
         QuantileHuber{{},
                       table(quantiles),
                       chosen,
                       table(target),
                       pointer_or_null(weight),
                       loss.kappa,
                       table(gradient),
                       sample_loss.data()});
  launch(stream, operation,
         WeightedMean{sample_loss.data(), pointer_or_null(weight), batch, value});
}

void quantile_target(Stream& stream, ConstMatrixView quantiles,
                     std::span<const std::int32_t> action, std::span<const float> reward,
                     std::span<const float> discount, MatrixView out) {
  const std::size_t batch = quantiles.rows;
  check_size(kModule, "reward", reward.size(), batch);
  check_size(kModule, "discount", discount.size(), batch);
  check_shape(kModule, "out", out, batch, out.cols);
  if (batch == 0) return;
  const ChosenBlock chosen = chosen_block(kModule, action, batch, quantiles.cols, out.cols);
  launch(stream, {"quantile_target", {batch, out.cols}},
         Elements<QuantileTarget>{
             {table(quantiles), chosen, reward.data(), discount.data(), table(out)},
             batch * out.cols});
}

void quantile_mean(Stream& stream, ConstMatrixView quantiles, MatrixView value) {
  check_least(kModule, "actions", value.cols, 1);
  check_shape(kModule, "value", value, quantiles.rows, value.cols);
  if (quantiles.cols == 0 || quantiles.cols % value.cols != 0) {
    throw_argument(kModule, "quantiles of " + std::to_string(quantiles.cols) +
                                " columns: must be a multiple, above 0, of the " +
                                std::to_string(value.cols) + " of value");
  }
  launch(
      stream, {"quantile_mean", {value.rows, value.cols, quantiles.cols / value.cols}},
      QuantileMean{{}, {table(quantiles), value.cols, quantiles.cols / value.cols}, table(value)});
}

}  // namespace pavlov::kernels::cuda
