// Fully connected layers against plain loops in double, on every SIMD target: every shape, batches,
// layers without inputs or rows, wrong shapes.
#include <span>
#include <string>
#include <vector>

#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 8, 17, 31, 64, 65, 130};

class LinearTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearTest);

TEST_P(LinearTest, ForwardOfEveryShape) {
  std::size_t turn = 0;
  for (const std::size_t b : kSizes) {
    for (const std::size_t i : kSizes) {
      for (const std::size_t o : kSizes) {
        Layer layer(b, i, o, turn % 3, turn % 5);
        expect_forward(layer, static_cast<Activation>(turn % 3));
        ++turn;
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(LinearTest, BackwardOfEveryShape) {
  std::size_t turn = 0;
  for (const std::size_t b : kSizes) {
    for (const std::size_t i : kSizes) {
      for (const std::size_t o : kSizes) {
        ++turn;
        if (b * i * o > 65 * 65 * 65) continue;  // keeps the plain loops short
        Layer layer(b, i, o, turn % 3, turn % 5);
        expect_backward(layer, static_cast<Activation>(turn % 3));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(LinearTest, LargeLayers) {
  for (const std::size_t inputs : {257, 700}) {
    Layer l(131, inputs, 33, 1, 1);
    expect_forward(l, Activation::relu);
    expect_backward(l, Activation::tanh);
    if (HasFatalFailure()) return;
  }
}

// A row's result does not depend on the batch it is in: tiles, narrow heads and single rows agree.
TEST_P(LinearTest, BatchDoesNotChangeTheBits) {
  for (const std::size_t outputs : {1, 2, 3, 4, 5, 6, 7, 8, 33}) {
    for (const std::size_t inputs : {4, 7, 64, 300}) {
      Layer l(137, inputs, outputs, 0, 0);
      linear_forward(l.x.view(), l.weight.view(), l.bias, Activation::identity, l.y.view());
      for (std::size_t b = 0; b < l.batch; ++b) {
        std::vector<float> row(outputs);
        linear_forward(l.x.view().rows_from(b, 1), l.weight.view(), l.bias, Activation::identity,
                       {row.data(), 1, outputs});
        for (std::size_t o = 0; o < outputs; ++o) ASSERT_EQ(row[o], l.y(b, o)) << outputs;
      }
    }
  }
}

TEST_P(LinearTest, NoInputsLeaveTheBias) {
  const std::vector<float> bias = {1.0f, -2.0f, 3.0f};
  std::vector<float> y(6, kSentinel);
  linear_forward({nullptr, 2, 0}, {nullptr, 0, 3}, bias, Activation::relu, {y.data(), 2, 3});
  EXPECT_EQ(y, (std::vector<float>{1, 0, 3, 1, 0, 3}));
}

TEST_P(LinearTest, EmptyBatchIsAllowed) {
  Layer l(0, 3, 2, 0, 0);
  linear_forward(l.x.view(), l.weight.view(), l.bias, Activation::tanh, l.y.view());
  const Strided before = l.dweight;
  std::vector<float> scratch(linear_backward_scratch(3, 2));
  linear_backward(l.x.view(), l.weight.view(), l.y.view(), Activation::tanh, l.dy.view(),
                  l.dweight.view(), l.dbias, l.dx.view(), scratch);
  Strided copy = before;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(l.dweight(i, 1), copy(i, 1));
}

TEST_P(LinearTest, FirstLayerSkipsTheInputGradient) {
  Layer l(9, 4, 17, 0, 0);
  linear_forward(l.x.view(), l.weight.view(), l.bias, Activation::relu, l.y.view());
  std::vector<float> scratch(linear_backward_scratch(4, 17));
  linear_backward(l.x.view(), l.weight.view(), l.y.view(), Activation::relu, l.dy.view(),
                  l.dweight.view(), l.dbias, {}, scratch);
  Layer full(9, 4, 17, 0, 0);
  expect_backward(full, Activation::relu);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t o = 0; o < 17; ++o) EXPECT_EQ(l.dweight(i, o), full.dweight(i, o));
  }
}

TEST(LinearErrors, NameTheShapes) {
  std::vector<float> a(100);
  const std::span<float> scratch(a);
  const MatrixView m23(a.data(), 2, 3), m34(a.data(), 3, 4), m24(a.data(), 2, 4);
  const std::span<const float> b4(a.data(), 4), b3(a.data(), 3);
  const auto forward = [](MatrixView x, MatrixView w, std::span<const float> bias, MatrixView y) {
    return argument_error([&] { linear_forward(x, w, bias, Activation::relu, y); });
  };
  EXPECT_EQ(forward(m23, m34, b4, m24), "");
  EXPECT_EQ(forward(m23, m23, b4, m24), "[linear] weight (2,3): must be (3,4)");
  EXPECT_TRUE(starts_with(forward(m23, m34, b3, m24), "[linear] bias has 3 elements"));
  EXPECT_TRUE(starts_with(forward(m24, m34, b4, m24), "[linear] weight"));
  EXPECT_TRUE(starts_with(forward(m34, m24, b4, m24), "[linear] "));

  std::vector<float> dbias(4);
  const auto backward = [&](MatrixView x, MatrixView w, MatrixView y, MatrixView dy, MatrixView dw,
                            MatrixView dx, std::span<float> s) {
    return argument_error(
        [&] { linear_backward(x, w, y, Activation::relu, dy, dw, dbias, dx, s); });
  };
  std::vector<float> large(linear_backward_scratch(3, 4));
  EXPECT_EQ(backward(m23, m34, m24, m24, m34, m23, large), "");
  EXPECT_TRUE(starts_with(backward(m23, m24, m24, m24, m34, m23, large), "[linear] weight"));
  EXPECT_TRUE(starts_with(backward(m23, m34, m23, m24, m34, m23, large), "[linear] y "));
  EXPECT_TRUE(starts_with(backward(m23, m34, m24, m24, m24, m23, large), "[linear] dweight"));
  EXPECT_TRUE(starts_with(backward(m23, m34, m24, m24, m34, m34, large), "[linear] dx"));
  EXPECT_TRUE(starts_with(backward(m23, m34, m24, m24, m34, m23, scratch.first(3)),
                          "[linear] scratch has 3 elements"));
  dbias.resize(3);
  EXPECT_TRUE(starts_with(backward(m23, m34, m24, m24, m34, m23, large), "[linear] dbias"));
}

}  // namespace
}  // namespace pavlov::kernels
