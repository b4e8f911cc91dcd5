#include "pavlov/kernels/cuda/distance.h"

#include "pavlov/kernels/distance.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class DistanceTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(DistanceTest);

TEST_P(DistanceTest, EqualTheProcessors) {
  constexpr std::size_t kGap = 1;
  for (const std::size_t dimensions : {0, 1, 3, 70}) {
    std::vector<float> x = normal_values(9 * (dimensions + kGap), 1),
                       y = normal_values(13 * (dimensions + kGap), 2);
    std::vector<float> out(9 * (13 + kGap), 7.0f);
    OnDevice<float> dev_x(x), dev_y(y), dev_out(out);
    kernels::squared_distance(matrix_of(x, 9, kGap), matrix_of(y, 13, kGap),
                              matrix_of(out, 9, kGap));
    squared_distance(stream(), dev_x.matrix(9, kGap), dev_y.matrix(13, kGap),
                     dev_out.matrix(9, kGap));
    expect_close(out, dev_out.values());
    squared_distance(stream(), dev_x.matrix(9, kGap), dev_x.matrix(9, kGap),
                     dev_out.matrix(9, kGap + 4));
    EXPECT_EQ(dev_out.values()[0], 0.0f) << "of a point to itself";
  }
}

TEST_P(DistanceTest, WrongShapesAreArguments) {
  OnDevice<float> x(6), y(8), out(12);
  EXPECT_THROW(squared_distance(stream(), x.matrix(3), y.matrix(2), out.matrix(3)),
               std::invalid_argument);
  EXPECT_THROW(squared_distance(stream(), x.matrix(3), y.matrix(4), out.matrix(4)),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
