// Large layers, whose products go by panels: several blocks of depths, a weight that is copied, an
// input gradient that takes the slope of the layer below along.
#include <cstddef>
#include <vector>

#include "pavlov/kernels/linear_backend.h"
#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

class LinearPanelsTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearPanelsTest);

// 600 rows are three blocks of depths of the weight's gradient, 530 outputs three of dx.
TEST_P(LinearPanelsTest, SeveralBlocksOfDepths) {
  for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
    Layer many_rows(600, 140, 37, 1, 1);
    expect_backward(many_rows, activation);
    Layer many_outputs(9, 70, 530, 2, 3);
    expect_backward(many_outputs, activation);
    if (HasFatalFailure()) return;
  }
}

// Rows of the weight that lie 16 KiB apart, more of them than a cache has ways.
TEST_P(LinearPanelsTest, WeightThatLiesBadlyIsCopied) {
  for (const std::size_t inputs : {100, 300}) {
    for (const std::size_t outputs : {33, 64}) {
      const std::size_t gap = 4096 - outputs;
      ASSERT_EQ(linear_forward_backend(40, inputs, outputs, 4096), LinearBackend::copied_panels);
      Layer copied(40, inputs, outputs, gap, 0);
      Layer in_place(40, inputs, outputs, 1, 0);
      ASSERT_EQ(linear_forward_backend(40, inputs, outputs, outputs + 1), LinearBackend::tiles);
      expect_forward(copied, Activation::relu);
      expect_forward(in_place, Activation::relu);
      if (HasFatalFailure()) return;
      for (std::size_t b = 0; b < 40; ++b) {
        for (std::size_t o = 0; o < outputs; ++o) ASSERT_EQ(copied.y(b, o), in_place.y(b, o));
      }
    }
  }
}

// The slope of the layer below, taken along, gives the bits that its own backward would give.
TEST_P(LinearPanelsTest, SlopeOfTheLayerBelow) {
  for (const Activation below : {Activation::identity, Activation::relu, Activation::tanh}) {
    for (const std::size_t outputs : {2, 33, 300}) {
      Layer l(21, 65, outputs, 1, 1);
      // x is a result of that activation
      std::vector<float> ones(65 * 65);
      for (std::size_t i = 0; i < 65; ++i) ones[i * 65 + i] = 1.0f;
      const std::vector<float> zeros(65);
      const Strided before = l.x;
      Strided source = before;
      linear_forward(source.view(), {ones.data(), 65, 65}, zeros, below, l.x.view());
      Layer apart = l;
      std::vector<float> scratch(linear_backward_scratch(65, outputs));
      linear_backward(l.x.view(), l.weight.view(), l.dy.view(), Activation::identity, l.dy.view(),
                      l.dweight.view(), l.dbias, l.dx.view(), scratch, below);
      linear_backward(apart.x.view(), apart.weight.view(), apart.dy.view(), Activation::identity,
                      apart.dy.view(), apart.dweight.view(), apart.dbias, apart.dx.view(), scratch);
      // dz of the layer below, by a call of its own
      std::vector<float> dweight(65 * 65), dbias(65);
      linear_backward(source.view(), {ones.data(), 65, 65}, apart.x.view(), below, apart.dx.view(),
                      {dweight.data(), 65, 65}, dbias, {}, {});
      for (std::size_t b = 0; b < 21; ++b) {
        for (std::size_t i = 0; i < 65; ++i) ASSERT_EQ(l.dx(b, i), apart.dx(b, i)) << outputs;
      }
      ASSERT_TRUE(l.dx.gaps_untouched());
    }
  }
}

TEST(LinearBackendTest, NamesAndReasons) {
  EXPECT_EQ(linear_forward_backend(1, 64, 64, 64), LinearBackend::row);
  EXPECT_EQ(linear_forward_backend(64, 64, 2, 2), LinearBackend::narrow);
  EXPECT_EQ(linear_forward_backend(64, 256, 256, 256), LinearBackend::tiles);
  EXPECT_EQ(linear_forward_backend(1024, 1024, 1024, 1024), LinearBackend::copied_panels);
  for (const LinearBackend backend : {LinearBackend::row, LinearBackend::narrow,
                                      LinearBackend::tiles, LinearBackend::copied_panels}) {
    EXPECT_FALSE(linear_backend_name(backend).empty());
    EXPECT_FALSE(linear_backend_reason(backend).empty());
  }
}

}  // namespace
}  // namespace pavlov::kernels
