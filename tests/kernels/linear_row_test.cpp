// One row through several layers in one call: the bits of linear_forward, layer by layer.
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

class LinearRowTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearRowTest);

// Layers of the given widths (inputs first), with a row of results each. The results have a gap
// behind them that must stay as it is.
struct Layers {
  std::vector<Strided> weight, y;
  std::vector<std::vector<float>> bias;
  std::vector<RowLayer> layers;
  std::vector<float*> results;

  Layers(const std::vector<std::size_t>& widths, Activation hidden, std::size_t gap) {
    for (std::size_t k = 0; k + 1 < widths.size(); ++k) {
      weight.emplace_back(widths[k], widths[k + 1], gap, k % 3, 10 + k);
      y.emplace_back(1, widths[k + 1], 0, k % 5, 20 + k);
      bias.push_back(values_with_outliers(widths[k + 1], 30 + k));
    }
    for (std::size_t k = 0; k < weight.size(); ++k) {
      const Activation activation = k + 1 < weight.size() ? hidden : Activation::identity;
      layers.push_back({weight[k].view(), bias[k].data(), activation});
      results.push_back(y[k].view().data);
    }
  }
};

// Every layer's result against linear_forward of the result below, number by number: a zero may
// have the other sign.
void expect_row(Layers& l, std::span<const float> x) {
  linear_forward_row(x, l.layers, l.results);
  std::vector<float> in(x.begin(), x.end());
  for (std::size_t k = 0; k < l.layers.size(); ++k) {
    const std::size_t cols = l.layers[k].weight.cols;
    std::vector<float> out(cols);
    linear_forward({in.data(), 1, in.size()}, l.layers[k].weight, l.bias[k], l.layers[k].activation,
                   {out.data(), 1, cols});
    for (std::size_t o = 0; o < cols; ++o) {
      ASSERT_EQ(l.y[k](0, o), out[o]) << "layer " << k << " output " << o << " of " << cols;
    }
    ASSERT_TRUE(l.y[k].gaps_untouched()) << "layer " << k;
    in = out;
  }
}

TEST_P(LinearRowTest, EqualsTheLayersOneByOne) {
  const std::vector<std::size_t> shapes[] = {{4, 2},           {1, 1, 1},       {4, 64, 64, 2},
                                             {3, 5, 17, 1},    {8, 130, 33, 4}, {7, 16, 31, 65, 9},
                                             {2, 1024, 40, 3}, {2, 1040, 40, 3}};
  for (const std::vector<std::size_t>& widths : shapes) {
    for (const Activation hidden : {Activation::identity, Activation::relu, Activation::tanh}) {
      for (const std::size_t gap : {0, 3}) {
        Layers l(widths, hidden, gap);
        expect_row(l, values_with_outliers(widths.front(), 1));
        if (HasFatalFailure()) return;
      }
    }
  }
}

// All units of a layer off, or all on.
TEST_P(LinearRowTest, LayersThatAreAllZeroOrAllActive) {
  for (const std::size_t width : {5, 16, 64, 131}) {
    for (const float bias : {-1e9f, 1e9f}) {
      Layers l({4, width, width, 3}, Activation::relu, 0);
      for (float& b : l.bias[0]) b = bias;
      expect_row(l, values_with_outliers(4, 1));
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(LinearRowTest, NanReachesTheOutputs) {
  for (const std::size_t width : {5, 33, 64}) {
    Layers l({4, width, width, 3}, Activation::relu, 0);
    std::vector<float> x = values_with_outliers(4, 1);
    x[2] = kNan;
    linear_forward_row(x, l.layers, l.results);
    for (std::size_t o = 0; o < 3; ++o) EXPECT_TRUE(std::isnan(l.y[2](0, o))) << width;
  }
}

// Where the columns do not fill vectors, lanes beside them meet 0 * infinity. Those are not inputs
// of the next layer: here all that are have been switched off, and its bias is all it gives.
TEST_P(LinearRowTest, InfiniteInputsDoNotReachBesideTheColumns) {
  for (const std::size_t width : {1, 5, 33}) {
    Layers l({2, width, 6}, Activation::relu, 0);
    for (std::size_t o = 0; o < width; ++o) l.weight[0](0, o) = -1.0f;
    linear_forward_row(std::vector<float>{kInfinity, 0.0f}, l.layers, l.results);
    for (std::size_t o = 0; o < 6; ++o) EXPECT_EQ(l.y[1](0, o), l.bias[1][o]) << width;
  }
}

TEST(LinearRowErrors, NameTheShapes) {
  std::vector<float> a(100);
  const ConstMatrixView m23(a.data(), 2, 3), m34(a.data(), 3, 4);
  const std::vector<RowLayer> layers = {{m23, a.data(), Activation::relu},
                                        {m34, a.data(), Activation::identity}};
  std::vector<float> y0(3), y1(4);
  const std::vector<float*> y = {y0.data(), y1.data()};
  const auto row = [&](std::size_t inputs, std::span<const RowLayer> l,
                       std::span<float* const> to) {
    return argument_error([&] { linear_forward_row({a.data(), inputs}, l, to); });
  };
  EXPECT_EQ(row(2, layers, y), "");
  EXPECT_EQ(row(3, layers, y), "[linear] weight (2,3): must be (3,3)");
  const std::vector<RowLayer> swapped = {layers[1], layers[0]};
  EXPECT_EQ(row(3, swapped, y), "[linear] weight (2,3): must be (4,3)");
  EXPECT_EQ(row(2, layers, std::span(y).first(1)), "[linear] y has 1 elements: must have 2");
}

}  // namespace
}  // namespace pavlov::kernels
