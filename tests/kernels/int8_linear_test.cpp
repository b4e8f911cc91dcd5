// 8-bit layers against plain loops in double and their stated error, on every SIMD target.
#include "pavlov/kernels/int8_linear.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class Int8LinearTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(Int8LinearTest);

constexpr float kSentinel = -777.0f;
constexpr std::int8_t kSentinel8 = -128;  // no quantized weight

double as_double(float value) { return static_cast<double>(value); }

// A layer at odd addresses, with gaps between the rows.
struct Layer {
  std::size_t batch, inputs, outputs;
  std::vector<float> x, weight, scale, bias, y;
  std::vector<std::int8_t> quantized;

  Layer(std::size_t b, std::size_t i, std::size_t o)
      : batch(b),
        inputs(i),
        outputs(o),
        x(values_with_outliers(b * (i + 1) + 1, 1)),
        weight(values_with_outliers(i * (o + 2) + 1, 2)),
        scale(o + 1, kSentinel),
        bias(values_with_outliers(o + 1, 3)),
        y(b * (o + 3) + 1, kSentinel),
        quantized(i * (o + 1) + 1, kSentinel8) {
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t row = 0; row < inputs; ++row) {
        if (k % 5 == 1) weight_view()(row, k) = 0.0f;
        // ties: scale 2, every second weight half way between two numbers
        if (k % 5 == 2) weight_view()(row, k) = row == 0 ? 254.0f : static_cast<float>(row % 40);
      }
    }
  }
  MatrixView x_view() { return {x.data() + 1, batch, inputs, inputs + 1}; }
  MatrixView weight_view() { return {weight.data() + 1, inputs, outputs, outputs + 2}; }
  MatrixView y_view() { return {y.data() + 1, batch, outputs, outputs + 3}; }
  BasicMatrixView<std::int8_t> quantized_view() {
    return {quantized.data() + 1, inputs, outputs, outputs + 1};
  }
  std::span<float> scales() { return std::span(scale).subspan(1); }
  void quantize() { quantize_int8(weight_view(), quantized_view(), scales()); }
  void forward(Activation activation) {
    int8_linear_forward(x_view(), quantized_view(), scales(), std::span(bias).subspan(1),
                        activation, y_view());
  }
};

double activated(Activation activation, double z) {
  if (activation == Activation::relu) return std::max(z, 0.0);
  return activation == Activation::tanh ? std::tanh(z) : z;
}

TEST_P(Int8LinearTest, QuantizesToTheNearest) {
  for (const std::size_t inputs : kLengths) {
    for (const std::size_t outputs : kLengths) {
      if (inputs * outputs > 40000) continue;
      Layer layer(1, inputs, outputs);
      layer.quantize();
      for (std::size_t o = 0; o < outputs; ++o) {
        float largest = 0.0f;
        for (std::size_t i = 0; i < inputs; ++i) {
          largest = std::max(largest, std::fabs(layer.weight_view()(i, o)));
        }
        ASSERT_EQ(layer.scales()[o], largest / 127.0f);
        for (std::size_t i = 0; i < inputs; ++i) {
          const float scale = layer.scales()[o];
          const float number = scale == 0.0f ? 0.0f : layer.weight_view()(i, o) / scale;
          ASSERT_EQ(static_cast<float>(layer.quantized_view()(i, o)), std::nearbyint(number))
              << number;
        }
      }
      EXPECT_EQ(layer.scale[0], kSentinel);
      EXPECT_EQ(layer.quantized[0], kSentinel8);
      for (std::size_t i = 0; i < inputs; ++i) {
        EXPECT_EQ(layer.quantized[1 + i * (outputs + 1) + outputs], kSentinel8);
      }
    }
  }
}

TEST_P(Int8LinearTest, ForwardEqualsPlainLoop) {
  const std::size_t batches[] = {0, 1, 3, 4, 8, 9, 17};
  for (const std::size_t batch : batches) {
    for (const std::size_t inputs : kLengths) {
      for (const std::size_t outputs : {0, 1, 2, 7, 8, 9, 31, 33, 140}) {
        for (const auto activation : {Activation::identity, Activation::relu, Activation::tanh}) {
          Layer layer(batch, inputs, outputs);
          layer.quantize();
          layer.forward(activation);
          for (std::size_t b = 0; b < batch; ++b) {
            for (std::size_t o = 0; o < outputs; ++o) {
              const double scale = as_double(layer.scales()[o]),
                           bias = as_double(layer.bias[1 + o]);
              double sum = 0.0, magnitude = 0.0;
              for (std::size_t i = 0; i < inputs; ++i) {
                const double x = as_double(layer.x_view()(b, i));
                const auto w = static_cast<double>(layer.quantized_view()(i, o));
                sum += x * w;
                magnitude += std::fabs(x * w);
              }
              const double z = scale * sum + bias;
              const double rounding = (static_cast<double>(inputs) + 3.0) * kEpsilon *
                                      (scale * magnitude + std::fabs(bias));
              ASSERT_NEAR(as_double(layer.y_view()(b, o)), activated(activation, z),
                          rounding + 4.0 * kEpsilon * (activation == Activation::tanh ? 1.0 : 0.0))
                  << batch << " x " << inputs << " x " << outputs;
            }
            ASSERT_EQ(layer.y[b * (outputs + 3)], kSentinel);
          }
        }
      }
    }
  }
}

TEST_P(Int8LinearTest, StaysWithinTheStatedError) {
  for (const std::size_t inputs : {1, 33, 256}) {
    Layer layer(9, inputs, 45);
    layer.quantize();
    for (const auto activation : {Activation::identity, Activation::relu, Activation::tanh}) {
      layer.forward(activation);
      double nearest = 0.0;  // largest share of the bound
      for (std::size_t b = 0; b < 9; ++b) {
        for (std::size_t o = 0; o < 45; ++o) {
          const double scale = as_double(layer.scales()[o]), bias = as_double(layer.bias[1 + o]);
          double z = bias, quantization = 0.0, rounding = std::fabs(bias);
          for (std::size_t i = 0; i < inputs; ++i) {
            const double x = as_double(layer.x_view()(b, i));
            const double w = as_double(layer.weight_view()(i, o));
            z += x * w;
            quantization += 0.5 * scale * std::fabs(x);
            rounding += std::fabs(x) * (std::fabs(w) + 0.5 * scale);
          }
          const double bound = quantization +
                               (static_cast<double>(inputs) + 3.0) * kEpsilon * rounding +
                               (activation == Activation::tanh ? 4.0 * kEpsilon : 0.0);
          const double error =
              std::fabs(as_double(layer.y_view()(b, o)) - activated(activation, z));
          ASSERT_LE(error, bound);
          nearest = std::max(nearest, error / bound);
        }
      }
      if (activation == Activation::identity && inputs > 1) {
        EXPECT_GT(nearest, 0.05);
      }
    }
  }
}

// A row gives the same bits alone and in any batch.
TEST_P(Int8LinearTest, RowsDoNotDependOnTheBatch) {
  Layer whole(17, 50, 140), alone(1, 50, 140);
  whole.quantize();
  alone.quantize();
  whole.forward(Activation::identity);
  for (std::size_t b = 0; b < 17; ++b) {
    std::copy_n(whole.x_view().row(b).data(), 50, alone.x_view().data);
    alone.forward(Activation::identity);
    for (std::size_t o = 0; o < 140; ++o) ASSERT_EQ(alone.y_view()(0, o), whole.y_view()(b, o));
  }
}

TEST_P(Int8LinearTest, NanAndTinyWeights) {
  for (const auto activation : {Activation::identity, Activation::relu, Activation::tanh}) {
    Layer layer(9, 8, 33);
    layer.quantize();
    layer.x_view()(4, 3) = kNan;
    layer.forward(activation);
    for (std::size_t b = 0; b < 9; ++b) {
      for (std::size_t o = 0; o < 33; ++o) {
        EXPECT_EQ(std::isnan(layer.y_view()(b, o)), b == 4);
      }
    }
  }
  Layer tiny(1, 8, 33);
  std::fill(tiny.weight.begin(), tiny.weight.end(), 1e-37f);
  tiny.quantize();
  for (std::size_t o = 0; o < 33; ++o) {
    EXPECT_EQ(tiny.scales()[o], 0.0f);
    EXPECT_EQ(tiny.quantized_view()(7, o), 0);
  }
  tiny.forward(Activation::identity);
  for (std::size_t o = 0; o < 33; ++o) EXPECT_EQ(tiny.y_view()(0, o), tiny.bias[1 + o]);
}

TEST(Int8LinearErrors, NameTheRule) {
  Layer layer(2, 3, 4), other(3, 2, 5);
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  fails([&] { quantize_int8(layer.weight_view(), other.quantized_view(), layer.scales()); },
        "[int8_linear] rows of quantized 2: must be those of weight, 3");
  fails(
      [&] {
        quantize_int8(layer.weight_view(), {layer.quantized.data(), 3, 3}, layer.scales());
      },
      "[int8_linear] columns of quantized 3");
  fails([&] { quantize_int8(layer.weight_view(), layer.quantized_view(), other.scales()); },
        "[int8_linear] scales 5");
  layer.quantize();
  const auto forward = [&](MatrixView x, std::span<float> scale, std::span<float> bias,
                           MatrixView y) {
    return [&, x, scale, bias, y] {
      int8_linear_forward(x, layer.quantized_view(), scale, bias, Activation::relu, y);
    };
  };
  const MatrixView x = layer.x_view(), y = layer.y_view();
  const std::span<float> scale = layer.scales(), bias = std::span(layer.bias).subspan(1);
  EXPECT_EQ(argument_error(forward(x, scale, bias, y)), "");
  fails(forward(other.x_view(), scale, bias, y), "[int8_linear] rows of weight 3: must be the ");
  fails(forward(x, other.scales(), bias, y), "[int8_linear] scales 5");
  fails(forward(x, scale, other.bias, y), "[int8_linear] biases 6");
  fails(forward(x, scale, bias, {y.data, 2, 3}), "[int8_linear] columns of y 3");
  fails(forward(x, scale, bias, {y.data, 1, 4}), "[int8_linear] rows of y 1");
  for (const float bad : {kNan, kInfinity, -kInfinity}) {
    layer.weight_view()(2, 3) = bad;
    fails([&] { layer.quantize(); }, "[int8_linear] weight: row 2 holds NaN or infinity");
  }
}

}  // namespace
}  // namespace pavlov::kernels
