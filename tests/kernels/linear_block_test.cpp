// Layers of which each row wants one block, against plain loops in double, on every SIMD target.
#include "pavlov/kernels/linear_block.h"

#include <cstring>

#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

struct BlockShape {
  std::size_t batch, inputs, blocks, size;
};

// Blocks of every width around the vectors, batches of fewer and of many more rows than a tile, a
// depth of more than one panel.
constexpr BlockShape kShapes[] = {
    {1, 1, 1, 1},    {2, 3, 2, 2},    {5, 8, 3, 4},    {7, 33, 2, 5},   {9, 16, 4, 8},
    {16, 40, 3, 17}, {33, 64, 4, 51}, {64, 32, 6, 16}, {20, 5, 2, 300}, {300, 9, 3, 31},
    {8, 40, 18, 3},  {90, 16, 3, 4},  {150, 8, 3, 8}};

double wide(float x) { return static_cast<double>(x); }

// A layer, and the block of each row; the last block is wanted by none where there are several.
struct BlockLayer {
  BlockShape shape;
  Strided x, weight, y, dy, dweight, dx;
  std::vector<float> bias, dbias;
  std::vector<std::int32_t> block;
  BlockRows rows;

  BlockLayer(const BlockShape& s, std::size_t gap, std::size_t offset)
      : shape(s),
        x(s.batch, s.inputs, gap, offset, 1),
        weight(s.inputs, s.blocks * s.size, gap, offset, 2),
        y(s.batch, s.size, gap, offset, 3),
        dy(s.batch, s.size, gap, offset, 4),
        dweight(s.inputs, s.blocks * s.size, gap, offset, 5),
        dx(s.batch, s.inputs, gap, offset, 6),
        bias(values_with_outliers(s.blocks * s.size, 7)),
        dbias(values_with_outliers(s.blocks * s.size, 8)),
        block(s.batch) {
    RandomStream random(9, "block");
    const auto most = static_cast<std::uint32_t>(s.blocks > 1 ? s.blocks - 1 : 1);
    for (std::int32_t& b : block) b = static_cast<std::int32_t>(random.below(most));
    rows.assign(block, s.blocks);
  }

  std::string name() const {
    return "B " + std::to_string(shape.batch) + " I " + std::to_string(shape.inputs) + " blocks " +
           std::to_string(shape.blocks) + " of " + std::to_string(shape.size);
  }
  std::size_t column(std::size_t b, std::size_t z) const {
    return static_cast<std::size_t>(block[b]) * shape.size + z;
  }
  void forward() { linear_block_forward(x.view(), weight.view(), bias, rows, y.view()); }
  void backward() {
    linear_block_backward(x.view(), weight.view(), rows, dy.view(), dweight.view(), dbias,
                          dx.view());
  }
  bool gaps_untouched() const {
    return x.gaps_untouched() && weight.gaps_untouched() && y.gaps_untouched() &&
           dy.gaps_untouched() && dweight.gaps_untouched() && dx.gaps_untouched();
  }
};

// A sum of products with its bound.
struct Sum {
  double value = 0.0, magnitude = 0.0, terms = 2.0;
  void add(double term) {
    value += term;
    magnitude += std::abs(term);
    terms += 1.0;
  }
  double bound() const { return 2.0 * kEpsilon * terms * magnitude; }
};

class LinearBlockTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearBlockTest);

TEST_P(LinearBlockTest, ForwardOfEveryShape) {
  for (const BlockShape& shape : kShapes) {
    for (const std::size_t gap : {0u, 3u}) {
      BlockLayer layer(shape, gap, gap);
      SCOPED_TRACE(layer.name());
      layer.forward();
      for (std::size_t b = 0; b < shape.batch; ++b) {
        for (std::size_t z = 0; z < shape.size; ++z) {
          const std::size_t c = layer.column(b, z);
          Sum expected;
          expected.add(wide(layer.bias[c]));
          for (std::size_t i = 0; i < shape.inputs; ++i) {
            expected.add(wide(layer.x(b, i)) * wide(layer.weight(i, c)));
          }
          ASSERT_NEAR(wide(layer.y(b, z)), expected.value, expected.bound());
        }
      }
      ASSERT_TRUE(layer.gaps_untouched());
    }
  }
}

TEST_P(LinearBlockTest, BackwardOfEveryShape) {
  for (const BlockShape& shape : kShapes) {
    for (const std::size_t gap : {0u, 3u}) {
      BlockLayer layer(shape, gap, gap), before(shape, gap, gap);
      SCOPED_TRACE(layer.name());
      layer.backward();
      for (std::size_t c = 0; c < shape.blocks * shape.size; ++c) {
        const auto wants = [&](std::size_t b) {
          return static_cast<std::size_t>(layer.block[b]) == c / shape.size;
        };
        Sum of_bias;
        of_bias.add(wide(before.dbias[c]));
        for (std::size_t b = 0; b < shape.batch; ++b) {
          if (wants(b)) of_bias.add(wide(layer.dy(b, c % shape.size)));
        }
        ASSERT_NEAR(wide(layer.dbias[c]), of_bias.value, of_bias.bound());
        for (std::size_t i = 0; i < shape.inputs; ++i) {
          Sum expected;
          expected.add(wide(before.dweight(i, c)));
          for (std::size_t b = 0; b < shape.batch; ++b) {
            if (wants(b)) expected.add(wide(layer.x(b, i)) * wide(layer.dy(b, c % shape.size)));
          }
          ASSERT_NEAR(wide(layer.dweight(i, c)), expected.value, expected.bound());
        }
      }
      for (std::size_t b = 0; b < shape.batch; ++b) {
        for (std::size_t i = 0; i < shape.inputs; ++i) {
          Sum expected;
          for (std::size_t z = 0; z < shape.size; ++z) {
            expected.add(wide(layer.dy(b, z)) * wide(layer.weight(i, layer.column(b, z))));
          }
          ASSERT_NEAR(wide(layer.dx(b, i)), expected.value, expected.bound());
        }
      }
      ASSERT_TRUE(layer.gaps_untouched());
    }
  }
}

// Inputs that are zero in the whole batch are left out of the products.
TEST_P(LinearBlockTest, ZeroInputsAddNothing) {
  BlockLayer layer({16, 64, 3, 17}, 0, 0), before({16, 64, 3, 17}, 0, 0);
  for (std::size_t b = 0; b < layer.shape.batch; ++b) {
    for (std::size_t i = 0; i < 64; i += 2) layer.x(b, i) = 0.0f;
  }
  layer.forward();
  layer.backward();
  for (std::size_t b = 0; b < layer.shape.batch; ++b) {
    for (std::size_t z = 0; z < layer.shape.size; ++z) {
      Sum expected;
      expected.add(wide(layer.bias[layer.column(b, z)]));
      for (std::size_t i = 1; i < 64; i += 2) {
        expected.add(wide(layer.x(b, i)) * wide(layer.weight(i, layer.column(b, z))));
      }
      ASSERT_NEAR(wide(layer.y(b, z)), expected.value, expected.bound());
    }
  }
  for (std::size_t c = 0; c < 3 * layer.shape.size; ++c) {
    EXPECT_EQ(layer.dweight(0, c), before.dweight(0, c));
  }
}

// A row gets the same bits alone as in a batch.
TEST_P(LinearBlockTest, RowsDoNotDependOnTheBatchAroundThem) {
  BlockLayer layer({19, 33, 3, 51}, 0, 0);
  layer.forward();
  layer.backward();
  for (std::size_t b = 0; b < layer.shape.batch; ++b) {
    BlockLayer one({1, 33, 3, 51}, 0, 0);
    std::copy_n(&layer.x(b, 0), 33, &one.x(0, 0));
    std::copy_n(&layer.dy(b, 0), 51, &one.dy(0, 0));
    one.block[0] = layer.block[b];
    one.rows.assign(one.block, 3);
    one.forward();
    one.backward();
    ASSERT_EQ(std::memcmp(&one.y(0, 0), &layer.y(b, 0), 51 * sizeof(float)), 0) << "row " << b;
    ASSERT_EQ(std::memcmp(&one.dx(0, 0), &layer.dx(b, 0), 33 * sizeof(float)), 0) << "row " << b;
  }
}

TEST_P(LinearBlockTest, NanPassesThrough) {
  BlockLayer layer({9, 8, 3, 17}, 0, 0);
  layer.x(4, 3) = kNan;
  layer.dy(4, 5) = kNan;
  layer.forward();
  layer.backward();
  for (std::size_t b = 0; b < 9; ++b) {
    EXPECT_EQ(std::isnan(layer.y(b, 0)), b == 4);
    EXPECT_EQ(std::isnan(layer.dx(b, 0)), b == 4);
  }
  EXPECT_TRUE(std::isnan(layer.dweight(0, layer.column(4, 5))));
  EXPECT_TRUE(std::isnan(layer.dbias[layer.column(4, 5)]));
}

TEST_P(LinearBlockTest, WithoutDxTheRestIsTheSame) {
  BlockLayer layer({19, 33, 3, 51}, 0, 0), other({19, 33, 3, 51}, 0, 0);
  layer.backward();
  linear_block_backward(other.x.view(), other.weight.view(), other.rows, other.dy.view(),
                        other.dweight.view(), other.dbias, {});
  EXPECT_EQ(layer.dbias, other.dbias);
  for (std::size_t i = 0; i < 33; ++i) {
    ASSERT_EQ(std::memcmp(&layer.dweight(i, 0), &other.dweight(i, 0), 153 * sizeof(float)), 0);
  }
}

TEST(LinearBlock, WrongShapesAreRefused) {
  BlockLayer layer({4, 3, 2, 5}, 0, 0);
  BlockRows rows;
  const auto refused = [](auto&& call) {
    return starts_with(argument_error(call), "[linear_block] ");
  };
  EXPECT_TRUE(refused([&] { rows.assign(std::vector<std::int32_t>{0, 2}, 2); }));
  EXPECT_TRUE(refused([&] { rows.assign(std::vector<std::int32_t>{-1}, 2); }));
  rows.assign(std::vector<std::int32_t>{0, 1, 1}, 2);
  EXPECT_TRUE(refused([&] {
    linear_block_forward(layer.x.view(), layer.weight.view(), layer.bias, rows, layer.y.view());
  }));
  rows.assign(layer.block, 3);
  EXPECT_TRUE(refused([&] {
    linear_block_forward(layer.x.view(), layer.weight.view(), layer.bias, rows, layer.y.view());
  }));
  EXPECT_TRUE(refused([&] {
    linear_block_forward(layer.x.view(), layer.weight.view(), std::span(layer.bias).first(9),
                         layer.rows, layer.y.view());
  }));
  EXPECT_TRUE(refused([&] {
    linear_block_backward(layer.x.view(), layer.weight.view(), layer.rows, layer.dy.view(),
                          layer.dweight.view(), std::span(layer.dbias).first(9), {});
  }));
  EXPECT_TRUE(refused([&] {
    linear_block_backward(layer.x.view(), layer.weight.view(), layer.rows, layer.dy.view(),
                          layer.dweight.view(), layer.dbias, layer.dy.view());
  }));
}

}  // namespace
}  // namespace pavlov::kernels
