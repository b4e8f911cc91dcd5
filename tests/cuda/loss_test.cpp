#include "pavlov/kernels/cuda/loss.h"

#include <numeric>

#include "pavlov/kernels/loss.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class LossTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(LossTest);

TEST_P(LossTest, EqualTheProcessors) {
  for (const std::size_t size : {1, 2, 31, 32, 33, 256, 257, 1000}) {
    for (const bool weighted : {false, true}) {
      const std::vector<float> prediction = normal_values(size, 1), target = normal_values(size, 2);
      const std::vector<float> weight = weighted ? normal_values(size, 3) : std::vector<float>();
      std::vector<float> gradient(size);
      OnDevice<float> p(prediction), t(target), w(weight), g(size), loss(1);
      const float huber = kernels::huber_loss(prediction, target, weight, 0.7f, gradient);
      huber_loss(stream(), p, t, w, 0.7f, g, loss.data());
      expect_close(gradient, g.values(), "huber");
      expect_close({{huber}}, loss.values(), "huber");
      const float square = kernels::mse_loss(prediction, target, weight, gradient);
      mse_loss(stream(), p, t, w, g, loss.data());
      expect_close(gradient, g.values(), "mse");
      expect_close({{square}}, loss.values(), "mse");
      mean(stream(), p, loss.data());
      const double sum = std::accumulate(prediction.begin(), prediction.end(), 0.0);
      expect_close({{static_cast<float>(sum / static_cast<double>(size))}}, loss.values(), "mean");
    }
  }
}

TEST_P(LossTest, NanAndInfinityAreSeen) {
  std::vector<float> prediction(40, 1.0f), target(40);
  prediction[35] = std::nanf("");
  OnDevice<float> t(target), g(40), loss(1);
  OnDevice<float> nan(prediction);
  huber_loss(stream(), nan, t, {}, 1.0f, g, loss.data());
  EXPECT_TRUE(std::isnan(loss.value()));
  EXPECT_TRUE(std::isnan(g.values()[35]));
  EXPECT_EQ(g.values()[34], 1.0f / 40);
  prediction[35] = INFINITY;
  OnDevice<float> infinite(prediction);
  huber_loss(stream(), infinite, t, {}, 1.0f, g, loss.data());
  EXPECT_TRUE(std::isinf(loss.value()));
}

TEST_P(LossTest, WrongSizesAreArguments) {
  OnDevice<float> a(3), b(4), loss(1);
  EXPECT_THROW(mse_loss(stream(), a, b, {}, a, loss.data()), std::invalid_argument);
  EXPECT_THROW(mse_loss(stream(), a, a, b, a, loss.data()), std::invalid_argument);
  EXPECT_THROW(mse_loss(stream(), a, a, {}, b, loss.data()), std::invalid_argument);
  EXPECT_THROW(mse_loss(stream(), {}, {}, {}, {}, loss.data()), std::invalid_argument);
  EXPECT_THROW(huber_loss(stream(), a, a, {}, 0.0f, a, loss.data()), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
