#include "pavlov/kernels/cuda/layer_norm.h"

#include "pavlov/kernels/layer_norm.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class LayerNormTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(LayerNormTest);

constexpr std::size_t kGap = 3;
constexpr float kEpsilon = 1e-5f;

TEST_P(LayerNormTest, ForwardAndBackwardEqualTheProcessors) {
  for (const std::size_t rows : {1, 8, 9, 70}) {
    for (const std::size_t cols : {1, 4, 32, 33, 64, 100}) {
      const std::string what = std::to_string(rows) + "x" + std::to_string(cols);
      std::vector<float> x = normal_values(rows * (cols + kGap), 1, 2.0f), y(x.size(), 7.0f);
      if (rows == 70) x[5 * (cols + kGap)] = NAN;
      const std::vector<float> gamma = normal_values(cols, 2), beta = normal_values(cols, 3);
      std::vector<float> mean(rows), inverse_std(rows), dy = normal_values(x.size(), 4);
      std::vector<float> dx(x.size(), 7.0f), dgamma = normal_values(cols, 5),
                                             dbeta = normal_values(cols, 6);
      OnDevice<float> dev_x(x), dev_y(y), dev_gamma(gamma), dev_beta(beta), dev_mean(rows),
          dev_std(rows), dev_dy(dy), dev_dx(dx), dev_dgamma(dgamma), dev_dbeta(dbeta);
      const auto m = [&](std::vector<float>& v) { return matrix_of(v, rows, kGap); };
      const auto d = [&](OnDevice<float>& v) { return v.matrix(rows, kGap); };
      kernels::layer_norm_forward(m(x), gamma, beta, kEpsilon, m(y), mean, inverse_std);
      layer_norm_forward(stream(), d(dev_x), dev_gamma, dev_beta, kEpsilon, d(dev_y), dev_mean,
                         dev_std);
      // one column is its own mean: rounding alone is divided by sqrt(epsilon)
      expect_close(y, dev_y.values(), what + " y", 2e-5);
      expect_close(mean, dev_mean.values(), what + " mean");
      expect_close(inverse_std, dev_std.values(), what + " inverse_std");
      dev_mean = OnDevice<float>(mean);
      dev_std = OnDevice<float>(inverse_std);
      kernels::layer_norm_backward(m(x), gamma, mean, inverse_std, m(dy), m(dx), dgamma, dbeta);
      layer_norm_backward(stream(), d(dev_x), dev_gamma, dev_mean, dev_std, d(dev_dy), d(dev_dx),
                          dev_dgamma, dev_dbeta);
      expect_close(dx, dev_dx.values(), what + " dx", 1e-4);
      expect_close(dgamma, dev_dgamma.values(), what + " dgamma", 1e-4);
      expect_close(dbeta, dev_dbeta.values(), what + " dbeta", 1e-4);
    }
  }
}

TEST_P(LayerNormTest, GradientsMayOverwriteTheirInputs) {
  std::vector<float> x = normal_values(9 * 40, 1), dy = normal_values(9 * 40, 2);
  const std::vector<float> gamma = normal_values(40, 3);
  std::vector<float> mean(9), inverse_std(9), y(x.size()), dgamma(40), dbeta(40);
  kernels::layer_norm_forward(matrix_of(x, 9), gamma, gamma, kEpsilon, matrix_of(y, 9), mean,
                              inverse_std);
  OnDevice<float> dev_x(x), dev_gamma(gamma), dev_mean(mean), dev_std(inverse_std), dev_dy(dy),
      dev_dgamma(40), dev_dbeta(40);
  kernels::layer_norm_backward(matrix_of(x, 9), gamma, mean, inverse_std, matrix_of(dy, 9),
                               matrix_of(dy, 9), dgamma, dbeta);
  layer_norm_backward(stream(), dev_x.matrix(9), dev_gamma, dev_mean, dev_std, dev_dy.matrix(9),
                      dev_dy.matrix(9), dev_dgamma, dev_dbeta);
  expect_close(dy, dev_dy.values());
  expect_close(dgamma, dev_dgamma.values());
}

TEST_P(LayerNormTest, WrongArgumentsAreRefused) {
  OnDevice<float> x(6), two(2), three(3), four(4);
  EXPECT_THROW(layer_norm_forward(stream(), x.matrix(2), three, three, 0.0f, x.matrix(2), two, two),
               std::invalid_argument);
  EXPECT_THROW(
      layer_norm_forward(stream(), x.matrix(2), two, three, kEpsilon, x.matrix(2), two, two),
      std::invalid_argument);
  EXPECT_THROW(layer_norm_backward(stream(), x.matrix(2), three, two, two, x.matrix(2),
                                   four.matrix(2), three, three),
               std::invalid_argument);
  EXPECT_THROW(layer_norm_backward(stream(), x.matrix(2), three, two, two, x.matrix(2), x.matrix(2),
                                   three, four),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
