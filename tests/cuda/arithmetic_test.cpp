#include "pavlov/kernels/cuda/arithmetic.h"

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class ArithmeticTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(ArithmeticTest);

TEST_P(ArithmeticTest, EqualTheLoops) {
  for (const std::size_t size : {0, 1, 33, 1000}) {
    const std::vector<float> a = normal_values(size, 1), b = normal_values(size, 2);
    std::vector<float> scaled(size), sum(size), distance(size);
    for (std::size_t i = 0; i < size; ++i) {
      scaled[i] = a[i] * 0.3f;
      sum[i] = b[i] + a[i];
      distance[i] = std::fabs(a[i] - b[i]);
    }
    OnDevice<float> dev_a(a), dev_b(b), out(size);
    absolute_difference(stream(), dev_a, dev_b, out);
    expect_same<float>(distance, out.values(), "absolute_difference");
    add(stream(), dev_a, dev_b);
    expect_same<float>(sum, dev_b.values(), "add");
    scale(stream(), dev_a, 0.3f);
    expect_same<float>(scaled, dev_a.values(), "scale");
  }
}

TEST_P(ArithmeticTest, WrongSizesAreArguments) {
  OnDevice<float> a(3), b(4);
  EXPECT_THROW(add(stream(), a, b), std::invalid_argument);
  EXPECT_THROW(absolute_difference(stream(), a, b, a), std::invalid_argument);
  EXPECT_THROW(absolute_difference(stream(), a, a, b), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
