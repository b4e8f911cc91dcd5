#include "pavlov/kernels/cuda/int8_linear.h"

#include "pavlov/kernels/int8_linear.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class Int8LinearTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(Int8LinearTest);

TEST_P(Int8LinearTest, EqualTheProcessors) {
  constexpr std::size_t kGap = 1;
  for (const std::size_t inputs : {1, 7, 70}) {
    for (const std::size_t outputs : {1, 5, 40}) {
      std::vector<float> weight = normal_values(inputs * (outputs + kGap), 1);
      for (std::size_t i = 0; i < inputs; ++i) {
        float* const row = &weight[i * (outputs + kGap)];
        if (outputs > 3) row[1] = 0.0f;                                          // scale 0
        if (outputs > 3) row[2] = i == 0 ? 254.0f : static_cast<float>(i % 40);  // ties
        if (outputs > 3) row[3] = 1e-40f;  // a scale below the normal numbers
      }
      std::vector<std::int8_t> quantized(weight.size(), 99);
      std::vector<float> scale(outputs);
      OnDevice<float> dev_weight(weight), dev_scale(outputs);
      OnDevice<std::int8_t> dev_quantized(quantized);
      kernels::quantize_int8(matrix_of(weight, inputs, kGap), matrix_of(quantized, inputs, kGap),
                             scale);
      quantize_int8(stream(), dev_weight.matrix(inputs, kGap), dev_quantized.matrix(inputs, kGap),
                    dev_scale);
      expect_same<float>(scale, dev_scale.values(), "scale");
      EXPECT_EQ(quantized, dev_quantized.values());

      const std::vector<float> bias = normal_values(outputs, 2);
      OnDevice<float> dev_bias(bias);
      for (const Activation activation :
           {Activation::identity, Activation::relu, Activation::tanh}) {
        for (const std::size_t batch : {1, 9}) {
          std::vector<float> x = normal_values(batch * (inputs + kGap), 3),
                             y(batch * (outputs + kGap), 7.0f);
          OnDevice<float> dev_x(x), dev_y(y);
          const BasicMatrixView<const std::int8_t> columns = matrix_of(quantized, inputs, kGap),
                                                   dev_columns = dev_quantized.matrix(inputs, kGap);
          kernels::int8_linear_forward(matrix_of(x, batch, kGap), columns, scale, bias, activation,
                                       matrix_of(y, batch, kGap));
          int8_linear_forward(stream(), dev_x.matrix(batch, kGap), dev_columns, dev_scale, dev_bias,
                              activation, dev_y.matrix(batch, kGap));
          expect_close(y, dev_y.values(), "y");
        }
      }
    }
  }
}

TEST_P(Int8LinearTest, AWeightThatIsNotFiniteIsSeen) {
  for (const float bad : {NAN, INFINITY}) {
    OnDevice<float> weight(std::vector<float>{1.0f, bad, 2.0f, 3.0f}), scale(2);
    OnDevice<std::int8_t> quantized(4);
    quantize_int8(stream(), weight.matrix(2), quantized.matrix(2), scale);
    EXPECT_EQ(scale.values()[0], 2.0f / 127.0f);
    EXPECT_TRUE(std::isnan(scale.values()[1])) << bad;
  }
}

TEST_P(Int8LinearTest, WrongShapesAreArguments) {
  OnDevice<float> x(6), two(2), three(3);
  OnDevice<std::int8_t> weight(6);
  EXPECT_THROW(quantize_int8(stream(), x.matrix(3), weight.matrix(2), two), std::invalid_argument);
  EXPECT_THROW(quantize_int8(stream(), x.matrix(3), weight.matrix(3), three),
               std::invalid_argument);
  const BasicMatrixView<const std::int8_t> columns = weight.matrix(3);
  EXPECT_THROW(
      int8_linear_forward(stream(), x.matrix(3), columns, two, two, Activation::relu, x.matrix(3)),
      std::invalid_argument);
  EXPECT_THROW(int8_linear_forward(stream(), x.matrix(2), columns, three, two, Activation::relu,
                                   x.matrix(3)),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
