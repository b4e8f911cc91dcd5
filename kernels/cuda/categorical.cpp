#include "pavlov/kernels/cuda/categorical.h"

#include "pavlov/kernels/cuda/categorical-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "categorical";

void check_actions(ConstMatrixView x, std::size_t action) {
  if (x.rows != 0) check_least(kModule, "actions", x.cols, 1);
  check_size(kModule, "action", action, x.rows);
}

template <bool kLogits>
void draw(Stream& stream, const char* name, ConstMatrixView x, std::span<const float> uniform,
          std::span<std::int32_t> action) {
  check_actions(x, action.size());
  check_size(kModule, "uniform", uniform.size(), x.rows);
  launch(stream, {name, {x.rows, x.cols}},
         Elements<DrawAction<kLogits>>{{table(x), uniform.data(), action.data()}, x.rows});
}

}  // namespace

void categorical_sample(Stream& stream, ConstMatrixView logits, std::span<const float> uniform,
                        std::span<std::int32_t> action) {
  draw<true>(stream, "categorical_sample", logits, uniform, action);
}

void categorical_sample_weights(Stream& stream, ConstMatrixView weights,
                                std::span<const float> uniform, std::span<std::int32_t> action) {
  draw<false>(stream, "categorical_sample_weights", weights, uniform, action);
}

void categorical_forward(Stream& stream, ConstMatrixView logits,
                         std::span<const std::int32_t> action, MatrixView log_p,
                         std::span<float> log_prob, std::span<float> entropy) {
  check_actions(logits, action.size());
  check_shape(kModule, "log_p", log_p, logits.rows, logits.cols);
  check_size(kModule, "log_prob", log_prob.size(), logits.rows);
  check_size(kModule, "entropy", entropy.size(), logits.rows);
  launch(stream, {"categorical_forward", {logits.rows, logits.cols}},
         CategoricalForward{
             {}, table(logits), action.data(), table(log_p), log_prob.data(), entropy.data()});
}

void categorical_backward(Stream& stream, ConstMatrixView log_p,
                          std::span<const std::int32_t> action, std::span<const float> entropy,
                          std::span<const float> d_log_prob, std::span<const float> d_entropy,
                          MatrixView dlogits) {
  check_actions(log_p, action.size());
  check_size(kModule, "entropy", entropy.size(), log_p.rows);
  check_size(kModule, "d_log_prob", d_log_prob.size(), log_p.rows);
  check_size(kModule, "d_entropy", d_entropy.size(), log_p.rows);
  check_shape(kModule, "dlogits", dlogits, log_p.rows, log_p.cols);
  const CategoricalBackward kernel{table(log_p),      action.data(),    entropy.data(),
                                   d_log_prob.data(), d_entropy.data(), table(dlogits)};
  launch(stream, {"categorical_backward", {log_p.rows, log_p.cols}},
         Elements<CategoricalBackward>{kernel, log_p.rows * log_p.cols});
}

}  // namespace pavlov::kernels::cuda
