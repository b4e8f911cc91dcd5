#include "pavlov/nets/action_distribution.h"

#include <algorithm>

#include "pavlov/kernels/categorical.h"
#include "pavlov/kernels/gaussian.h"
#include "pavlov/kernels/scratch_rows.h"

namespace pavlov::nets {
namespace {

// The first `size` numbers of a scratch column, which grows where it is too short.
std::span<float> first(std::vector<float>& column, std::size_t size) {
  if (column.size() < size) column.resize(size);
  return std::span(column).first(size);
}

}  // namespace

MatrixView Categorical::reserve(ConstMatrixView outputs) {
  return kernels::scratch_rows(log_p_, outputs.rows, outputs.cols);
}

void Categorical::sample(ConstMatrixView outputs, ConstMatrixView, kernels::RandomStream& random,
                         const Actions& action, std::span<float> log_prob) {
  const std::span<float> uniform = first(uniform_, outputs.rows);
  for (float& u : uniform) u = random.uniform();
  kernels::categorical_sample(outputs, uniform, action.discrete);
  kernels::categorical_forward(outputs, action.discrete, reserve(outputs), log_prob,
                               first(entropy_, outputs.rows));
}

void Categorical::forward(ConstMatrixView outputs, ConstMatrixView, const ConstActions& action,
                          std::span<float> log_prob, std::span<float> entropy) {
  kernels::categorical_forward(outputs, action.discrete, reserve(outputs), log_prob, entropy);
  std::ranges::copy(entropy, first(entropy_, entropy.size()).begin());
}

void Categorical::backward(ConstMatrixView outputs, ConstMatrixView, const ConstActions& action,
                           std::span<const float> d_log_prob, std::span<const float> d_entropy,
                           MatrixView d_outputs, MatrixView) {
  kernels::categorical_backward(reserve(outputs), action.discrete, first(entropy_, outputs.rows),
                                d_log_prob, d_entropy, d_outputs);
}

void DiagonalGaussian::sample(ConstMatrixView outputs, ConstMatrixView log_std,
                              kernels::RandomStream& random, const Actions& action,
                              std::span<float> log_prob) {
  for (std::size_t b = 0; b < outputs.rows; ++b) {
    for (float& noise : action.continuous.row(b)) noise = static_cast<float>(random.normal());
  }
  kernels::gaussian_sample(outputs, log_std, action.continuous, action.continuous);
  kernels::gaussian_forward(outputs, log_std, action.continuous, log_prob,
                            first(entropy_, outputs.rows));
}

void DiagonalGaussian::forward(ConstMatrixView outputs, ConstMatrixView log_std,
                               const ConstActions& action, std::span<float> log_prob,
                               std::span<float> entropy) {
  kernels::gaussian_forward(outputs, log_std, action.continuous, log_prob, entropy);
}

void DiagonalGaussian::backward(ConstMatrixView outputs, ConstMatrixView log_std,
                                const ConstActions& action, std::span<const float> d_log_prob,
                                std::span<const float> d_entropy, MatrixView d_outputs,
                                MatrixView d_log_std) {
  const std::span<float> added = first(d_log_std_, outputs.cols);
  kernels::gaussian_backward(outputs, log_std, action.continuous, d_log_prob, d_entropy, d_outputs,
                             {added.data(), 1, added.size()});
  for (std::size_t a = 0; a < added.size(); ++a) d_log_std(0, a) += added[a];
}

}  // namespace pavlov::nets
