// bfloat16 layers against plain loops in double and their stated error, on every SIMD target.
#include "pavlov/kernels/bf16_linear.h"

#include <algorithm>

#include "pavlov/kernels/convert.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class Bf16LinearTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(Bf16LinearTest);

constexpr float kSentinel = -777.0f;

double as_double(float value) { return static_cast<double>(value); }

// What a bfloat16 stands for, by its definition.
double meaning(std::uint16_t bits) {
  const int exponent = (bits >> 7) & 0xFF;
  const double mantissa = static_cast<double>(bits & 0x7F) / 128.0;
  const double size =
      exponent == 0 ? std::ldexp(mantissa, -126) : std::ldexp(1.0 + mantissa, exponent - 127);
  return (bits & 0x8000) != 0 ? -size : size;
}

// A layer at odd addresses, with gaps between the rows.
struct Layer {
  std::size_t batch, inputs, outputs;
  std::vector<float> x, weight, bias, y;
  std::vector<std::uint16_t> rounded;

  Layer(std::size_t b, std::size_t i, std::size_t o)
      : batch(b),
        inputs(i),
        outputs(o),
        x(values_with_outliers(b * (i + 1) + 1, 1)),
        weight(values_with_outliers(i * (o + 2) + 1, 2)),
        bias(values_with_outliers(o + 1, 3)),
        y(b * (o + 3) + 1, kSentinel),
        rounded(weight.size()) {
    to_bfloat16(weight, rounded);
  }
  MatrixView x_view() { return {x.data() + 1, batch, inputs, inputs + 1}; }
  MatrixView weight_view() { return {weight.data() + 1, inputs, outputs, outputs + 2}; }
  BasicMatrixView<std::uint16_t> rounded_view() {
    return {rounded.data() + 1, inputs, outputs, outputs + 2};
  }
  MatrixView y_view() { return {y.data() + 1, batch, outputs, outputs + 3}; }
  void forward(Activation activation) {
    bf16_linear_forward(x_view(), rounded_view(), std::span(bias).subspan(1), activation, y_view());
  }
};

double activated(Activation activation, double z) {
  if (activation == Activation::relu) return std::max(z, 0.0);
  return activation == Activation::tanh ? std::tanh(z) : z;
}

constexpr std::size_t kBatches[] = {0, 1, 3, 4, 8, 9, 17};
constexpr std::size_t kOutputs[] = {0, 1, 2, 7, 8, 9, 31, 33, 140};
constexpr Activation kActivations[] = {Activation::identity, Activation::relu, Activation::tanh};

TEST_P(Bf16LinearTest, ForwardEqualsPlainLoopAndStaysWithinTheStatedError) {
  double nearest = 0.0;  // largest share of the bound
  for (const std::size_t batch : kBatches) {
    for (const std::size_t inputs : kLengths) {
      for (const std::size_t outputs : kOutputs) {
        Layer layer(batch, inputs, outputs);
        for (const Activation activation : kActivations) {
          const double last = 4.0 * kEpsilon * (activation == Activation::tanh ? 1.0 : 0.0);
          layer.forward(activation);
          for (std::size_t b = 0; b < batch; ++b) {
            for (std::size_t o = 0; o < outputs; ++o) {
              const double bias = as_double(layer.bias[1 + o]);
              double z = bias, full = bias, magnitude = std::fabs(bias), error = 0.0;
              for (std::size_t i = 0; i < inputs; ++i) {
                const double x = as_double(layer.x_view()(b, i));
                const double w = as_double(layer.weight_view()(i, o));
                z += x * meaning(layer.rounded_view()(i, o));
                full += x * w;
                error += 0x1p-8 * std::fabs(x * w);
                magnitude += std::fabs(x * w) * (1.0 + 0x1p-8);
              }
              const double rounding = (static_cast<double>(inputs) + 2.0) * kEpsilon * magnitude;
              const double y = as_double(layer.y_view()(b, o));
              ASSERT_NEAR(y, activated(activation, z), rounding + last)
                  << batch << " x " << inputs << " x " << outputs;
              const double off = std::fabs(y - activated(activation, full));
              ASSERT_LE(off, error + rounding + last);
              if (activation == Activation::identity && inputs > 8) {
                nearest = std::max(nearest, off / (error + rounding));
              }
            }
            ASSERT_EQ(layer.y[b * (outputs + 3)], kSentinel);
          }
        }
      }
    }
  }
  EXPECT_GT(nearest, 0.05);
}

// A row gives the same bits alone and in any batch.
TEST_P(Bf16LinearTest, RowsDoNotDependOnTheBatch) {
  Layer whole(17, 50, 140), alone(1, 50, 140);
  whole.forward(Activation::identity);
  for (std::size_t b = 0; b < 17; ++b) {
    std::copy_n(whole.x_view().row(b).data(), 50, alone.x_view().data);
    alone.forward(Activation::identity);
    for (std::size_t o = 0; o < 140; ++o) ASSERT_EQ(alone.y_view()(0, o), whole.y_view()(b, o));
  }
}

TEST_P(Bf16LinearTest, NanReachesItsRowAlone) {
  for (const Activation activation : kActivations) {
    Layer layer(9, 8, 33);
    layer.x_view()(4, 3) = kNan;
    layer.forward(activation);
    for (std::size_t b = 0; b < 9; ++b) {
      for (std::size_t o = 0; o < 33; ++o) {
        EXPECT_EQ(std::isnan(layer.y_view()(b, o)), b == 4);
      }
    }
  }
}

TEST(Bf16LinearErrors, NameTheRule) {
  Layer layer(2, 3, 4), other(3, 2, 5);
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  const auto forward = [&](MatrixView x, std::span<float> bias, MatrixView y) {
    return [&, x, bias, y] {
      bf16_linear_forward(x, layer.rounded_view(), bias, Activation::relu, y);
    };
  };
  const MatrixView x = layer.x_view(), y = layer.y_view();
  const std::span<float> bias = std::span(layer.bias).subspan(1);
  EXPECT_EQ(argument_error(forward(x, bias, y)), "");
  fails(forward(other.x_view(), bias, y), "[bf16_linear] rows of weight 3: must be the columns");
  fails(forward(x, other.bias, y), "[bf16_linear] biases 6");
  fails(forward(x, bias, {y.data, 2, 3}), "[bf16_linear] columns of y 3");
  fails(forward(x, bias, {y.data, 1, 4}), "[bf16_linear] rows of y 1");
}

}  // namespace
}  // namespace pavlov::kernels
