#include "pavlov/kernels/cuda/dueling.h"

#include "pavlov/kernels/dueling.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class DuelingTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(DuelingTest);

TEST_P(DuelingTest, HasTheBitsOfTheProcessors) {
  constexpr std::size_t kGap = 1;
  for (const std::size_t rows : {1, 5, 70}) {
    for (const std::size_t actions : {1, 2, 6}) {
      for (const std::size_t atoms : {1, 7, 51}) {
        std::vector<float> value = normal_values(rows * (atoms + kGap), 1);
        std::vector<float> advantage = normal_values(rows * (actions * atoms + kGap), 2);
        std::vector<float> out(advantage.size(), 7.0f), d_value(value.size(), 7.0f);
        OnDevice<float> dev_value(value), dev_advantage(advantage), dev_out(out),
            dev_d_value(d_value);
        kernels::dueling_forward(matrix_of(value, rows, kGap), matrix_of(advantage, rows, kGap),
                                 matrix_of(out, rows, kGap));
        dueling_forward(stream(), dev_value.matrix(rows, kGap), dev_advantage.matrix(rows, kGap),
                        dev_out.matrix(rows, kGap));
        expect_same<float>(out, dev_out.values(), "forward");
        kernels::dueling_backward(matrix_of(advantage, rows, kGap), matrix_of(d_value, rows, kGap),
                                  matrix_of(out, rows, kGap));
        dueling_backward(stream(), dev_advantage.matrix(rows, kGap), dev_d_value.matrix(rows, kGap),
                         dev_out.matrix(rows, kGap));
        expect_same<float>(d_value, dev_d_value.values(), "d_value");
        expect_same<float>(out, dev_out.values(), "d_advantage");
        // over its input
        dueling_backward(stream(), dev_advantage.matrix(rows, kGap), dev_d_value.matrix(rows, kGap),
                         dev_advantage.matrix(rows, kGap));
        for (std::size_t r = 0; r < rows; ++r)
          out[(r + 1) * (actions * atoms + kGap) - 1] =
              advantage[(r + 1) * (actions * atoms + kGap) - 1];
        expect_same<float>(out, dev_advantage.values(), "d_advantage over d_out");
      }
    }
  }
}

TEST_P(DuelingTest, WrongShapesAreArguments) {
  OnDevice<float> value(4), advantage(12), out(10);
  EXPECT_THROW(dueling_forward(stream(), value.matrix(2), advantage.matrix(2), out.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(dueling_forward(stream(), value.matrix(2), advantage.matrix(4), advantage.matrix(4)),
               std::invalid_argument);
  EXPECT_THROW(dueling_backward(stream(), out.matrix(2), value.matrix(2), out.matrix(2)),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
