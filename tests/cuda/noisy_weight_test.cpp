#include "pavlov/kernels/cuda/noisy_weight.h"

#include "pavlov/kernels/noisy_weight.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class NoisyWeightTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(NoisyWeightTest);

// Weight and bias of a layer, here and there.
struct LayerValues {
  std::size_t inputs;
  std::vector<float> weight, bias;
  OnDevice<float> dev_weight, dev_bias;

  LayerValues(std::size_t rows, std::size_t outputs, std::uint64_t seed)
      : inputs(rows),
        weight(normal_values(inputs * outputs, seed)),
        bias(normal_values(outputs, seed + 100)),
        dev_weight(weight),
        dev_bias(bias) {}
  Affine device() { return {dev_weight.matrix(inputs), dev_bias.span()}; }
  MatrixView host_weight() { return matrix_of(weight, inputs); }
  MatrixView host_bias() { return matrix_of(bias, 1); }
  void expect_equal(const char* name) const {
    expect_close(weight, dev_weight.values(), name);
    expect_close(bias, dev_bias.values(), std::string("bias of ") + name);
  }
};

TEST_P(NoisyWeightTest, EqualTheProcessors) {
  const std::vector<float> one = {1.0f};
  for (const std::size_t inputs : {1, 5, 40}) {
    for (const std::size_t outputs : {1, 16, 33}) {
      LayerValues mean(inputs, outputs, 1), scale(inputs, outputs, 2), out(inputs, outputs, 3),
          d_mean(inputs, outputs, 4), d_scale(inputs, outputs, 5);
      const std::vector<float> in = normal_values(inputs, 6), to = normal_values(outputs, 7);
      OnDevice<float> dev_in(in), dev_to(to);
      kernels::noisy_weight(mean.host_weight(), scale.host_weight(), in, to, out.host_weight());
      kernels::noisy_weight(mean.host_bias(), scale.host_bias(), one, to, out.host_bias());
      noisy_weight(stream(), mean.device(), scale.device(), dev_in, dev_to, out.device());
      out.expect_equal("out");
      kernels::noisy_weight_backward(out.host_weight(), in, to, d_mean.host_weight(),
                                     d_scale.host_weight());
      kernels::noisy_weight_backward(out.host_bias(), one, to, d_mean.host_bias(),
                                     d_scale.host_bias());
      noisy_weight_backward(stream(), out.device(), dev_in, dev_to, d_mean.device(),
                            d_scale.device());
      d_mean.expect_equal("d_mean");
      d_scale.expect_equal("d_scale");
      out.expect_equal("d_out");
      EXPECT_EQ(out.dev_weight.values(), std::vector<float>(inputs * outputs, 0.0f));
      EXPECT_EQ(out.dev_bias.values(), std::vector<float>(outputs, 0.0f));
    }
  }
}

TEST_P(NoisyWeightTest, WrongShapesAreArguments) {
  LayerValues a(2, 3, 1), b(3, 3, 1);
  OnDevice<float> two(2), three(3);
  EXPECT_THROW(noisy_weight(stream(), a.device(), b.device(), two, three, a.device()),
               std::invalid_argument);
  EXPECT_THROW(noisy_weight(stream(), a.device(), a.device(), two, two, a.device()),
               std::invalid_argument);
  EXPECT_THROW(noisy_weight_backward(stream(), b.device(), three, three, b.device(), a.device()),
               std::invalid_argument);
  Affine no_bias = a.device();
  no_bias.bias = {};
  EXPECT_THROW(noisy_weight(stream(), a.device(), a.device(), two, three, no_bias),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
