#include "pavlov/kernels/cuda/gaussian.h"

#include "pavlov/kernels/cuda/gaussian-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "gaussian";

// A log_std of one row serves all, with stride 0.
Table<const float> checked_log_std(ConstMatrixView log_std, ConstMatrixView mean) {
  if (mean.rows != 0) check_least(kModule, "dimensions", mean.cols, 1);
  if (log_std.rows != 1) check_shape(kModule, "log_std", log_std, mean.rows, mean.cols);
  check_shape(kModule, "log_std", log_std, log_std.rows, mean.cols);
  if (log_std.rows == 1) log_std.stride = 0;
  return table(log_std);
}

}  // namespace

void gaussian_sample(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                     ConstMatrixView noise, MatrixView action) {
  const Table<const float> shared = checked_log_std(log_std, mean);
  check_shape(kModule, "noise", noise, mean.rows, mean.cols);
  check_shape(kModule, "action", action, mean.rows, mean.cols);
  const GaussianSample kernel{table(mean), shared, table(noise), table(action)};
  launch(stream, {"gaussian_sample", {mean.rows, mean.cols}},
         Elements<GaussianSample>{kernel, mean.rows * mean.cols});
}

void gaussian_forward(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                      ConstMatrixView action, std::span<float> log_prob, std::span<float> entropy) {
  const Table<const float> shared = checked_log_std(log_std, mean);
  check_shape(kModule, "action", action, mean.rows, mean.cols);
  check_size(kModule, "log_prob", log_prob.size(), mean.rows);
  check_size(kModule, "entropy", entropy.size(), mean.rows);
  launch(stream, {"gaussian_forward", {mean.rows, mean.cols}},
         GaussianForward{{}, table(mean), shared, table(action), log_prob.data(), entropy.data()});
}

void gaussian_backward(Stream& stream, ConstMatrixView mean, ConstMatrixView log_std,
                       ConstMatrixView action, std::span<const float> d_log_prob,
                       std::span<const float> d_entropy, MatrixView d_mean, MatrixView d_log_std) {
  const Table<const float> shared = checked_log_std(log_std, mean);
  check_shape(kModule, "d_log_std", d_log_std, log_std.rows, log_std.cols);
  check_shape(kModule, "action", action, mean.rows, mean.cols);
  check_shape(kModule, "d_mean", d_mean, mean.rows, mean.cols);
  check_size(kModule, "d_log_prob", d_log_prob.size(), mean.rows);
  check_size(kModule, "d_entropy", d_entropy.size(), mean.rows);
  const GaussianGradient gradient{table(mean), shared, table(action), d_log_prob.data(),
                                  d_entropy.data()};
  const Operation operation{"gaussian_backward", {mean.rows, mean.cols}};
  Table<float> per_row = table(d_log_std);
  if (log_std.rows == 1) {
    launch(stream, operation,
           ColumnSums<GaussianTerm>{{gradient, d_log_std.data}, mean.rows, mean.cols});
    per_row.data = nullptr;
  }
  launch(stream, operation,
         Elements<GaussianBackward>{{gradient, table(d_mean), per_row}, mean.rows * mean.cols});
}

void tanh_squash_forward(Stream& stream, ConstMatrixView u, MatrixView action,
                         std::span<float> log_prob) {
  if (u.rows != 0) check_least(kModule, "dimensions", u.cols, 1);
  check_shape(kModule, "action", action, u.rows, u.cols);
  check_size(kModule, "log_prob", log_prob.size(), u.rows);
  launch(stream, {"tanh_squash_forward", {u.rows, u.cols}},
         SquashForward{{}, table(u), table(action), log_prob.data()});
}

void tanh_squash_backward(Stream& stream, ConstMatrixView action, ConstMatrixView d_action,
                          std::span<const float> d_log_prob, MatrixView du) {
  if (action.rows != 0) check_least(kModule, "dimensions", action.cols, 1);
  check_shape(kModule, "d_action", d_action, action.rows, action.cols);
  check_shape(kModule, "du", du, action.rows, action.cols);
  check_size(kModule, "d_log_prob", d_log_prob.size(), action.rows);
  const SquashBackward kernel{table(action), table(d_action), d_log_prob.data(), table(du)};
  launch(stream, {"tanh_squash_backward", {action.rows, action.cols}},
         Elements<SquashBackward>{kernel, action.rows * action.cols});
}

}  // namespace pavlov::kernels::cuda
