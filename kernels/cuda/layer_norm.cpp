#include "pavlov/kernels/cuda/layer_norm.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/layer_norm-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "layer_norm";

}  // namespace

void layer_norm_forward(Stream& stream, ConstMatrixView x, std::span<const float> gamma,
                        std::span<const float> beta, float epsilon, MatrixView y,
                        std::span<float> mean, std::span<float> inverse_std) {
  check_least(kModule, "columns", x.cols, 1);
  check_size(kModule, "gamma", gamma.size(), x.cols);
  check_size(kModule, "beta", beta.size(), x.cols);
  check_shape(kModule, "y", y, x.rows, x.cols);
  check_size(kModule, "mean", mean.size(), x.rows);
  check_size(kModule, "inverse_std", inverse_std.size(), x.rows);
  require(epsilon > 0.0f, kModule, "epsilon", epsilon, "positive");
  launch(stream, {"layer_norm_forward", {x.rows, x.cols}},
         LayerNormForward{{},
                          table(x),
                          gamma.data(),
                          beta.data(),
                          epsilon,
                          table(y),
                          mean.data(),
                          inverse_std.data()});
}

void layer_norm_backward(Stream& stream, ConstMatrixView x, std::span<const float> gamma,
                         std::span<const float> mean, std::span<const float> inverse_std,
                         ConstMatrixView dy, MatrixView dx, std::span<float> dgamma,
                         std::span<float> dbeta) {
  check_least(kModule, "columns", x.cols, 1);
  check_size(kModule, "gamma", gamma.size(), x.cols);
  check_size(kModule, "mean", mean.size(), x.rows);
  check_size(kModule, "inverse_std", inverse_std.size(), x.rows);
  check_shape(kModule, "dy", dy, x.rows, x.cols);
  check_shape(kModule, "dx", dx, x.rows, x.cols);
  check_size(kModule, "dgamma", dgamma.size(), x.cols);
  check_size(kModule, "dbeta", dbeta.size(), x.cols);
  const Operation operation{"layer_norm_backward", {x.rows, x.cols}};
  const LayerNormTerm term{table(x),           table(dy),     mean.data(),
                           inverse_std.data(), dgamma.data(), dbeta.data()};
  launch(stream, operation, ColumnSums<LayerNormTerm>{term, x.rows, x.cols});
  launch(stream, operation,
         LayerNormBackward{
             {}, table(x), table(dy), gamma.data(), mean.data(), inverse_std.data(), table(dx)});
}

}  // namespace pavlov::kernels::cuda
