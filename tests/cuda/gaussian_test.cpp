#include "pavlov/kernels/cuda/gaussian.h"

#include "pavlov/kernels/gaussian.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class GaussianTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(GaussianTest);

constexpr std::size_t kGap = 1;

TEST_P(GaussianTest, SamplesDensitiesAndGradientsEqualTheProcessors) {
  for (const std::size_t rows : {1, 9, 100}) {
    for (const std::size_t cols : {1, 4, 17, 40}) {
      for (const std::size_t stds : {std::size_t{1}, rows}) {
        const std::string what =
            std::to_string(rows) + "x" + std::to_string(cols) + " of " + std::to_string(stds);
        std::vector<float> mean = normal_values(rows * (cols + kGap), 1);
        std::vector<float> noise = normal_values(rows * (cols + kGap), 2, 0.5f);
        std::vector<float> log_std = normal_values(stds * (cols + kGap), 3, 0.2f);
        std::vector<float> action(mean.size(), 7.0f), log_prob(rows), entropy(rows);
        std::vector<float> d_mean(mean.size(), 7.0f), d_log_std(log_std.size(), 7.0f);
        const std::vector<float> d_log_prob = normal_values(rows, 4),
                                 d_entropy = normal_values(rows, 5);
        OnDevice<float> dev_mean(mean), dev_noise(noise), dev_log_std(log_std), dev_action(action),
            dev_log_prob(rows), dev_entropy(rows), dev_d_mean(d_mean), dev_d_log_std(d_log_std),
            dev_d_log_prob(d_log_prob), dev_d_entropy(d_entropy);
        const auto m = [&](std::vector<float>& v) { return matrix_of(v, rows, kGap); };
        const auto d = [&](OnDevice<float>& v) { return v.matrix(rows, kGap); };
        const auto std_host = matrix_of(log_std, stds, kGap);
        const auto std_device = dev_log_std.matrix(stds, kGap);

        kernels::gaussian_sample(m(mean), std_host, m(noise), m(action));
        gaussian_sample(stream(), d(dev_mean), std_device, d(dev_noise), d(dev_action));
        expect_close(action, dev_action.values(), what + " action");
        dev_action = OnDevice<float>(action);
        kernels::gaussian_forward(m(mean), std_host, m(action), log_prob, entropy);
        gaussian_forward(stream(), d(dev_mean), std_device, d(dev_action), dev_log_prob,
                         dev_entropy);
        expect_close(log_prob, dev_log_prob.values(), what + " log_prob");
        expect_close(entropy, dev_entropy.values(), what + " entropy");
        kernels::gaussian_backward(m(mean), std_host, m(action), d_log_prob, d_entropy, m(d_mean),
                                   matrix_of(d_log_std, stds, kGap));
        gaussian_backward(stream(), d(dev_mean), std_device, d(dev_action), dev_d_log_prob,
                          dev_d_entropy, d(dev_d_mean), dev_d_log_std.matrix(stds, kGap));
        expect_close(d_mean, dev_d_mean.values(), what + " d_mean");
        expect_close(d_log_std, dev_d_log_std.values(), what + " d_log_std", 1e-4);
        gaussian_backward(stream(), d(dev_mean), std_device, d(dev_action), dev_d_log_prob,
                          dev_d_entropy, d(dev_mean), dev_d_log_std.matrix(stds, kGap));
        const std::vector<float> over = dev_mean.values();
        expect_close(std::span(d_mean).first(cols), std::span(over).first(cols),
                     what + " in place");
        expect_close(d_log_std, dev_d_log_std.values(), what + " d_log_std again", 1e-4);
      }
    }
  }
}

TEST_P(GaussianTest, SquashingEqualsTheProcessors) {
  for (const std::size_t cols : {1, 4, 40}) {
    constexpr std::size_t kRows = 60;
    std::vector<float> u = normal_values(kRows * cols, 1, 2.0f), action(u.size()), du(u.size());
    u[0] = 0.0f;
    u[cols] = 30.0f;
    u[2 * cols] = NAN;
    std::vector<float> log_prob = normal_values(kRows, 2);
    std::vector<float> d_action = normal_values(u.size(), 3);
    const std::vector<float> d_log_prob = normal_values(kRows, 4);
    OnDevice<float> dev_u(u), dev_action(u.size()), dev_log_prob(log_prob), dev_d_action(d_action),
        dev_d_log_prob(d_log_prob), dev_du(u.size());
    kernels::tanh_squash_forward(matrix_of(u, kRows), matrix_of(action, kRows), log_prob);
    tanh_squash_forward(stream(), dev_u.matrix(kRows), dev_action.matrix(kRows), dev_log_prob);
    expect_close(action, dev_action.values(), "action");
    expect_close(log_prob, dev_log_prob.values(), "log_prob");
    kernels::tanh_squash_backward(matrix_of(action, kRows), matrix_of(d_action, kRows), d_log_prob,
                                  matrix_of(du, kRows));
    tanh_squash_backward(stream(), dev_action.matrix(kRows), dev_d_action.matrix(kRows),
                         dev_d_log_prob, dev_du.matrix(kRows));
    expect_close(du, dev_du.values(), "du");
  }
}

TEST_P(GaussianTest, WrongShapesAreArguments) {
  OnDevice<float> x(6), y(4), two(2), three(3);
  EXPECT_THROW(gaussian_sample(stream(), x.matrix(2), y.matrix(2), x.matrix(2), x.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(gaussian_sample(stream(), x.matrix(2), three.matrix(1), y.matrix(2), x.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(gaussian_forward(stream(), x.matrix(2), three.matrix(1), x.matrix(2), three, two),
               std::invalid_argument);
  EXPECT_THROW(gaussian_backward(stream(), x.matrix(2), three.matrix(1), x.matrix(2), two, two,
                                 x.matrix(2), x.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(tanh_squash_forward(stream(), x.matrix(2), y.matrix(2), two), std::invalid_argument);
  EXPECT_THROW(tanh_squash_backward(stream(), x.matrix(2), x.matrix(2), three, x.matrix(2)),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
