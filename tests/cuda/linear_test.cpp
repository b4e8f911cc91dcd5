#include "pavlov/kernels/cuda/linear.h"

#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class LinearTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(LinearTest);

struct Shape {
  std::size_t batch, inputs, outputs;
};
// Of tiles and their edges; the last ones go to the library.
constexpr Shape kShapes[] = {{1, 1, 1},    {1, 4, 2},    {3, 5, 33},    {31, 32, 31},
                             {32, 33, 32}, {64, 64, 64}, {65, 17, 102}, {40, 100, 100},
                             {64, 64, 96}, {70, 90, 70}};
constexpr Activation kActivations[] = {Activation::identity, Activation::relu, Activation::tanh};
constexpr std::size_t kGap = 3;  // values between rows that nobody may touch

// One layer on the host and on the device.
struct Layer {
  Shape shape;
  std::vector<float> x, weight, bias, y, dy, dweight, dbias, dx;

  explicit Layer(const Shape& s)
      : shape(s),
        x(normal_values(s.batch * (s.inputs + kGap), 1)),
        weight(normal_values(s.inputs * (s.outputs + kGap), 2, 0.3f)),
        bias(normal_values(s.outputs, 3)),
        y(s.batch * (s.outputs + kGap), 7.0f),
        dy(normal_values(s.batch * (s.outputs + kGap), 4)),
        dweight(normal_values(s.inputs * (s.outputs + kGap), 5)),
        dbias(normal_values(s.outputs, 6)),
        dx(s.batch * (s.inputs + kGap), 7.0f) {}
};

std::string text(const Shape& s, Activation activation) {
  return std::to_string(s.batch) + "x" + std::to_string(s.inputs) + "x" +
         std::to_string(s.outputs) + " act " + std::to_string(static_cast<int>(activation));
}

TEST_P(LinearTest, ForwardAndBackwardEqualTheProcessors) {
  for (const Shape& s : kShapes) {
    for (const Activation activation : kActivations) {
      const std::string what = text(s, activation);
      Layer host(s);
      OnDevice<float> x(host.x), weight(host.weight), bias(host.bias), y(host.y), dy(host.dy),
          dweight(host.dweight), dbias(host.dbias), dx(host.dx);
      const auto device = [&](OnDevice<float>& m, std::size_t rows) {
        return m.matrix(rows, kGap);
      };
      const auto on_host = [&](std::vector<float>& m, std::size_t rows) {
        return matrix_of(m, rows, kGap);
      };
      linear_forward(stream(), device(x, s.batch), device(weight, s.inputs), bias, activation,
                     device(y, s.batch));
      kernels::linear_forward(on_host(host.x, s.batch), on_host(host.weight, s.inputs), host.bias,
                              activation, on_host(host.y, s.batch));
      stream().synchronize();
      expect_close(host.y, y.values(), what + " y");

      // from the same y, so that no ReLU falls on the other side
      y = OnDevice<float>(host.y);
      linear_backward(stream(), device(x, s.batch), device(weight, s.inputs), device(y, s.batch),
                      activation, device(dy, s.batch), device(dweight, s.inputs), dbias,
                      device(dx, s.batch));
      std::vector<float> scratch(linear_backward_scratch(s.inputs, s.outputs));
      kernels::linear_backward(on_host(host.x, s.batch), on_host(host.weight, s.inputs),
                               on_host(host.y, s.batch), activation, on_host(host.dy, s.batch),
                               on_host(host.dweight, s.inputs), host.dbias,
                               on_host(host.dx, s.batch), scratch);
      stream().synchronize();
      // sums of up to 100 products of outliers
      expect_close(host.dy, dy.values(), what + " dy");
      expect_close(host.dweight, dweight.values(), what + " dweight", 1e-4);
      expect_close(host.dbias, dbias.values(), what + " dbias", 1e-4);
      expect_close(host.dx, dx.values(), what + " dx", 1e-4);
    }
  }
}

// Below the library's sizes: the same chains of fused multiply-adds.
TEST_P(LinearTest, SmallLayersHaveTheBitsOfAProcessorWithFusedMultiplyAdd) {
  const std::string_view target = simd_target();
  if (target != "avx2" && target != "avx512") {
    GTEST_SKIP() << "this processor's kernels do not fuse: " << target;
  }
  for (const Activation activation : kActivations) {
    const Shape s = {33, 40, 50};
    Layer host(s);
    OnDevice<float> x(host.x), weight(host.weight), bias(host.bias), y(host.y);
    linear_forward(stream(), x.matrix(s.batch, kGap), weight.matrix(s.inputs, kGap), bias,
                   activation, y.matrix(s.batch, kGap));
    kernels::linear_forward(matrix_of(host.x, s.batch, kGap),
                            matrix_of(host.weight, s.inputs, kGap), host.bias, activation,
                            matrix_of(host.y, s.batch, kGap));
    stream().synchronize();
    expect_same<float>(host.y, y.values());
  }
}

// Matrices that end where their memory ends: on the host, a step beyond would be seen.
TEST_P(LinearTest, ReadsAndWritesNothingBeyondItsMatrices) {
  const Shape s = {34, 38, 50};
  std::vector<float> y(s.batch * s.outputs), x = normal_values(s.batch * s.inputs, 1);
  std::vector<float> weight = normal_values(s.inputs * s.outputs, 2);
  OnDevice<float> dx(x), dweight(weight), dbias(s.outputs), dy(y);
  kernels::linear_forward(matrix_of(x, s.batch), matrix_of(weight, s.inputs),
                          std::vector<float>(s.outputs), Activation::identity,
                          matrix_of(y, s.batch));
  linear_forward(stream(), dx.matrix(s.batch), dweight.matrix(s.inputs), dbias,
                 Activation::identity, dy.matrix(s.batch));
  expect_close(y, dy.values());
  linear_backward(stream(), dx.matrix(s.batch), dweight.matrix(s.inputs), dy.matrix(s.batch),
                  Activation::identity, dy.matrix(s.batch), dweight.matrix(s.inputs), dbias,
                  dx.matrix(s.batch));
  stream().synchronize();
}

TEST_P(LinearTest, TheFirstLayerNeedsNoInputGradient) {
  Layer host({8, 4, 6});
  OnDevice<float> x(host.x), weight(host.weight), y(host.y), dy(host.dy), dweight(host.dweight),
      dbias(host.dbias);
  linear_backward(stream(), x.matrix(8, kGap), weight.matrix(4, kGap), y.matrix(8, kGap),
                  Activation::identity, dy.matrix(8, kGap), dweight.matrix(4, kGap), dbias, {});
  stream().synchronize();
  EXPECT_NE(dweight.values(), host.dweight);
}

TEST_P(LinearTest, NanPassesThrough) {
  std::vector<float> x = normal_values(2 * 3, 1), weight = normal_values(3 * 2, 2);
  x[4] = std::nanf("");
  OnDevice<float> dx(x), dweight(weight), bias(std::vector<float>(2)), y(4);
  linear_forward(stream(), dx.matrix(2), dweight.matrix(3), bias, Activation::relu, y.matrix(2));
  const std::vector<float> values = y.values();
  EXPECT_FALSE(std::isnan(values[0]) || std::isnan(values[1]));
  EXPECT_TRUE(std::isnan(values[2]) && std::isnan(values[3]));
}

TEST_P(LinearTest, WrongShapesAreArguments) {
  OnDevice<float> x(6), weight(6), bias(2), y(4);
  EXPECT_THROW(
      linear_forward(stream(), x.matrix(2), weight.matrix(2), bias, Activation::relu, y.matrix(2)),
      std::invalid_argument);
  EXPECT_THROW(
      linear_forward(stream(), x.matrix(2), weight.matrix(3), x, Activation::relu, y.matrix(2)),
      std::invalid_argument);
  EXPECT_THROW(linear_backward(stream(), x.matrix(2), weight.matrix(3), y.matrix(2),
                               Activation::relu, y.matrix(2), weight.matrix(3), bias, y.matrix(2)),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
