#include "pavlov/kernels/cuda/distribution.h"

#include <cmath>

#include "pavlov/kernels/cuda/action_blocks.h"
#include "pavlov/kernels/cuda/distribution-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/loss-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "distribution";

// dz.
double checked_spacing(const Support& support) {
  require(std::isfinite(support.v_min), kModule, "v_min", support.v_min, "finite");
  require(std::isfinite(support.v_max) && support.v_max > support.v_min, kModule, "v_max",
          support.v_max, "finite and above v_min");
  require(support.atoms >= 2 && support.atoms <= (std::size_t{1} << 24), kModule, "atoms",
          support.atoms, "in [2, 16777216]");
  return (static_cast<double>(support.v_max) - static_cast<double>(support.v_min)) /
         static_cast<double>(support.atoms - 1);
}

}  // namespace

void categorical_probability(Stream& stream, ConstMatrixView logits,
                             std::span<const std::int32_t> action, MatrixView out) {
  check_shape(kModule, "out", out, logits.rows, out.cols);
  if (out.rows == 0) return;
  const ChosenBlock chosen = chosen_block(kModule, action, logits.rows, logits.cols, out.cols);
  launch(stream, {"categorical_probability", {out.rows, chosen.actions, out.cols}},
         CategoricalProbability{{}, table(logits), chosen, table(out)});
}

void categorical_mean(Stream& stream, const Support& support, ConstMatrixView logits,
                      MatrixView value) {
  const double dz = checked_spacing(support);
  check_least(kModule, "actions", value.cols, 1);
  check_shape(kModule, "logits", logits, value.rows, value.cols * support.atoms);
  launch(stream, {"categorical_mean", {value.rows, value.cols, support.atoms}},
         CategoricalMean{{},
                         {table(logits), value.cols, support.atoms},
                         static_cast<double>(support.v_min),
                         dz,
                         table(value)});
}

void categorical_projection(Stream& stream, const Support& support, ConstMatrixView probability,
                            std::span<const float> reward, std::span<const float> discount,
                            MatrixView out) {
  const double dz = checked_spacing(support);
  const std::size_t batch = probability.rows;
  check_shape(kModule, "probability", probability, batch, support.atoms);
  check_shape(kModule, "out", out, batch, support.atoms);
  check_size(kModule, "reward", reward.size(), batch);
  check_size(kModule, "discount", discount.size(), batch);
  const CategoricalProjection project{
      table(probability), reward.data(), discount.data(), static_cast<double>(support.v_min), dz,
      table(out)};
  launch(stream, {"categorical_projection", {batch, support.atoms}},
         Elements<CategoricalProjection>{project, batch * support.atoms});
}

void categorical_loss(Stream& stream, ConstMatrixView logits, std::span<const std::int32_t> action,
                      ConstMatrixView target, std::span<const float> weight, MatrixView gradient,
                      std::span<float> sample_loss, float* loss) {
  const std::size_t batch = logits.rows;
  check_least(kModule, "batch", batch, 1);
  check_shape(kModule, "target", target, batch, target.cols);
  check_shape(kModule, "gradient", gradient, batch, logits.cols);
  check_size(kModule, "sample_loss", sample_loss.size(), batch);
  if (!weight.empty()) check_size(kModule, "weight", weight.size(), batch);
  const ChosenBlock chosen = chosen_block(kModule, action, batch, logits.cols, target.cols);
  const Operation operation{"categorical_loss", {batch, chosen.actions, chosen.size}};
  launch(stream, operation,
         CategoricalLoss{{},
                         table(logits),
                         chosen,
                         table(target),
                         pointer_or_null(weight),
                         table(gradient),
                         sample_loss.data()});
  launch(stream, operation, WeightedMean{sample_loss.data(), pointer_or_null(weight), batch, loss});
}

}  // namespace pavlov::kernels::cuda
