#include "pavlov/kernels/cuda/softmax.h"

#include <bit>

#include "pavlov/kernels/softmax.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class SoftmaxTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(SoftmaxTest);

constexpr std::size_t kRows[] = {1, 8, 9, 100};
constexpr std::size_t kCols[] = {1, 2, 6, 32, 33, 51, 200};
constexpr std::size_t kGap = 2;

// Rows of logits, some of them with entries that cannot be.
std::vector<float> logits(std::size_t rows, std::size_t cols) {
  std::vector<float> x = normal_values(rows * (cols + kGap), 1, 3.0f);
  const std::size_t stride = cols + kGap;
  for (std::size_t r = 0; r < rows; ++r) {
    if (r % 4 == 1) x[r * stride] = -INFINITY;
    if (r % 8 == 3) x[r * stride + cols / 2] = 200.0f;
    if (r == 4) x[r * stride + cols - 1] = NAN;
    if (r == 5) x[r * stride] = INFINITY;
    if (r == 6) std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(r * stride), cols, -INFINITY);
    if (r == 7) x[r * stride] = std::bit_cast<float>(0x7fffffff);
  }
  return x;
}

// What the processor's kernels give for any NaN in row 7.
void put_nan(std::vector<float>& values, std::size_t rows, std::size_t cols) {
  if (rows > 7)
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(7 * (cols + kGap)), cols, NAN);
}

TEST_P(SoftmaxTest, ForwardAndBackwardEqualTheProcessors) {
  for (const std::size_t rows : kRows) {
    for (const std::size_t cols : kCols) {
      const std::string what = std::to_string(rows) + "x" + std::to_string(cols);
      std::vector<float> x = logits(rows, cols), y(x.size(), 7.0f), dx(x.size(), 7.0f);
      std::vector<float> dy = normal_values(x.size(), 2);
      OnDevice<float> device_x(x), device_y(y), device_dy(dy), device_dx(dx);
      const auto m = [&](std::vector<float>& v) { return matrix_of(v, rows, kGap); };
      const auto d = [&](OnDevice<float>& v) { return v.matrix(rows, kGap); };

      kernels::softmax_forward(m(x), m(y));
      put_nan(y, rows, cols);
      softmax_forward(stream(), d(device_x), d(device_y));
      expect_close(y, device_y.values(), what + " softmax");
      kernels::softmax_backward(m(y), m(dy), m(dx));
      softmax_backward(stream(), d(device_y), d(device_dy), d(device_dx));
      expect_close(dx, device_dx.values(), what + " softmax backward");

      kernels::log_softmax_forward(m(x), m(y));
      put_nan(y, rows, cols);
      log_softmax_forward(stream(), d(device_x), d(device_y));
      expect_close(y, device_y.values(), what + " log");
      kernels::log_softmax_backward(m(y), m(dy), m(dx));
      log_softmax_backward(stream(), d(device_y), d(device_dy), d(device_dx));
      expect_close(dx, device_dx.values(), what + " log backward");
    }
  }
}

TEST_P(SoftmaxTest, CrossEntropyEqualsTheProcessors) {
  for (const std::size_t rows : {1, 3, 4, 100}) {
    for (const std::size_t cols : kCols) {
      for (const bool weighted : {false, true}) {
        const std::string what = std::to_string(rows) + "x" + std::to_string(cols);
        std::vector<float> x = normal_values(rows * (cols + kGap), 1, 3.0f);
        std::vector<float> gradient(x.size(), 7.0f), losses(rows), target(x.size());
        const std::vector<float> weight = weighted ? normal_values(rows, 4) : std::vector<float>();
        const auto column = integers_below<std::int32_t>(rows, static_cast<std::uint32_t>(cols), 2);
        std::vector<float> noise = normal_values(x.size(), 3);
        kernels::softmax_forward(matrix_of(noise, rows, kGap), matrix_of(target, rows, kGap));
        for (std::size_t i = 0; i < target.size(); i += 3) target[i] = 0.0f;
        if (cols > 1) {  // impossible, but not asked for either
          x[0] = -INFINITY;
          target[0] = 0.0f;
        }
        OnDevice<float> device_x(x), device_gradient(gradient), device_losses(rows), loss(1),
            device_weight(weight), device_target(target);
        OnDevice<std::int32_t> device_column(column);
        const float value = kernels::softmax_cross_entropy(matrix_of(x, rows, kGap), column, weight,
                                                           matrix_of(gradient, rows, kGap), losses);
        softmax_cross_entropy(stream(), device_x.matrix(rows, kGap), device_column, device_weight,
                              device_gradient.matrix(rows, kGap), device_losses, loss.data());
        expect_close(gradient, device_gradient.values(), what + " gradient");
        expect_close(losses, device_losses.values(), what + " losses");
        expect_close({{value}}, loss.values(), what + " loss");

        const float other =
            kernels::softmax_cross_entropy(matrix_of(x, rows, kGap), matrix_of(target, rows, kGap),
                                           weight, matrix_of(gradient, rows, kGap), losses);
        softmax_cross_entropy(stream(), device_x.matrix(rows, kGap),
                              device_target.matrix(rows, kGap), device_weight,
                              device_gradient.matrix(rows, kGap), device_losses, loss.data());
        expect_close(gradient, device_gradient.values(), what + " gradient of distributions");
        expect_close(losses, device_losses.values(), what + " losses of distributions");
        expect_close({{other}}, loss.values(), what + " loss of distributions");
      }
    }
  }
}

TEST_P(SoftmaxTest, OutputsMayBeInputs) {
  std::vector<float> x = normal_values(10 * 51, 1);
  OnDevice<float> values(x);
  kernels::softmax_forward(matrix_of(x, 10), matrix_of(x, 10));
  softmax_forward(stream(), values.matrix(10), values.matrix(10));
  expect_close(x, values.values());

  std::vector<float> logits = normal_values(10 * 51, 2), losses(10);
  const auto column = integers_below<std::int32_t>(10, 51, 3);
  OnDevice<float> device(logits), device_losses(10), loss(1);
  OnDevice<std::int32_t> device_column(column);
  kernels::softmax_cross_entropy(matrix_of(logits, 10), column, {}, matrix_of(logits, 10), losses);
  softmax_cross_entropy(stream(), device.matrix(10), device_column, {}, device.matrix(10),
                        device_losses, loss.data());
  expect_close(logits, device.values());
  expect_close(losses, device_losses.values());
}

TEST_P(SoftmaxTest, ATargetOutOfRangeGivesNan) {
  OnDevice<float> x(std::vector<float>{1, 2, 3, 4}), gradient(4), losses(2), loss(1);
  OnDevice<std::int32_t> column(std::vector<std::int32_t>{0, 2});
  softmax_cross_entropy(stream(), x.matrix(2), column, {}, gradient.matrix(2), losses, loss.data());
  EXPECT_FALSE(std::isnan(gradient.values()[1]));
  EXPECT_TRUE(std::isnan(gradient.values()[2]) && std::isnan(gradient.values()[3]));
  EXPECT_TRUE(std::isnan(loss.value()));
}

TEST_P(SoftmaxTest, WrongShapesAreArguments) {
  OnDevice<float> a(6), b(4), loss(1);
  OnDevice<std::int32_t> column(2);
  EXPECT_THROW(softmax_forward(stream(), a.matrix(2), b.matrix(2)), std::invalid_argument);
  EXPECT_THROW(softmax_backward(stream(), a.matrix(2), b.matrix(2), a.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(log_softmax_forward(stream(), a.matrix(2), a.matrix(3)), std::invalid_argument);
  EXPECT_THROW(log_softmax_backward(stream(), a.matrix(2), a.matrix(2), b.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(
      softmax_cross_entropy(stream(), a.matrix(3), column, {}, a.matrix(3), b, loss.data()),
      std::invalid_argument);
  EXPECT_THROW(
      softmax_cross_entropy(stream(), a.matrix(2), a.matrix(2), {}, a.matrix(2), b, loss.data()),
      std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
