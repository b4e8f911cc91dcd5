// Zeros in whole columns and scattered ones, which the products of a layer skip: they change no
// bit.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

double wide(float x) { return static_cast<double>(x); }

class LinearZerosTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearZerosTest);

constexpr std::size_t kSkipBatches[] = {8, 9, 64};
// The last one is too wide for a list of columns.
constexpr std::size_t kSkipWidths[] = {32, 64, 96, 256, 1024, 1040};

// Puts zeros of both signs into `count` scattered columns. Of every third of the others only the
// last row is left, which is enough to keep it.
void clear_columns(Strided& m, std::size_t rows, std::size_t cols, std::size_t count) {
  for (std::size_t n = 0; n < cols; ++n) {
    const std::size_t c = (7 * n + 3) % cols;  // 7 divides none of the widths
    const std::size_t cleared = n < count ? rows : n % 3 == 0 ? rows - 1 : 0;
    for (std::size_t r = 0; r < cleared; ++r) m(r, c) = (r + c) % 2 == 0 ? 0.0f : -0.0f;
  }
}

// Calls f(batch, width, zero columns, gap, offset) for all of them: no zeros, one column, half of
// them, all but one, all.
template <class F>
void for_each_skip(F&& f) {
  std::size_t turn = 0;
  for (const std::size_t width : kSkipWidths) {
    for (const std::size_t batch : kSkipBatches) {
      for (const std::size_t zeros :
           {std::size_t{0}, std::size_t{1}, width / 2, width - 1, width}) {
        ++turn;
        SCOPED_TRACE(std::to_string(zeros) + " of " + std::to_string(width) + " columns are zero");
        f(batch, width, zeros, turn % 3, turn % 5);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

// The first `size` floats from `a` and `b` on, bit by bit.
bool same_bits(const float* a, const float* b, std::size_t size) {
  return std::memcmp(a, b, size * sizeof(float)) == 0;
}

// A batch of one is never looked through for zeros.
void expect_forward_of_rows(Layer& l, Activation activation) {
  linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
  std::vector<float> row(l.outputs);
  for (std::size_t b = 0; b < l.batch; ++b) {
    linear_forward(l.x.view().rows_from(b, 1), l.weight.view(), l.bias, activation,
                   {row.data(), 1, l.outputs});
    ASSERT_TRUE(same_bits(row.data(), &l.y(b, 0), l.outputs)) << l.name() << " row " << b;
  }
  ASSERT_TRUE(l.y.gaps_untouched()) << l.name();
}

// Gradients are sums in order of the rows, so that rows one at a time add up to the same bits.
void expect_backward_of_rows(const Layer& given, Activation activation) {
  Layer l = given;
  linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
  Layer rows = l;
  std::vector<float> scratch(linear_backward_scratch(l.inputs, l.outputs));
  linear_backward(l.x.view(), l.weight.view(), l.y.view(), activation, l.dy.view(),
                  l.dweight.view(), l.dbias, l.dx.view(), scratch);
  for (std::size_t b = 0; b < l.batch; ++b) {
    linear_backward(rows.x.view().rows_from(b, 1), rows.weight.view(),
                    rows.y.view().rows_from(b, 1), activation, rows.dy.view().rows_from(b, 1),
                    rows.dweight.view(), rows.dbias, rows.dx.view().rows_from(b, 1), scratch);
    ASSERT_TRUE(same_bits(&rows.dy(b, 0), &l.dy(b, 0), l.outputs)) << "dz " << l.name();
    ASSERT_TRUE(same_bits(&rows.dx(b, 0), &l.dx(b, 0), l.inputs)) << "dx " << l.name();
  }
  ASSERT_TRUE(same_bits(rows.dbias.data(), l.dbias.data(), l.outputs)) << "dbias " << l.name();
  for (std::size_t i = 0; i < l.inputs; ++i) {
    ASSERT_TRUE(same_bits(&rows.dweight(i, 0), &l.dweight(i, 0), l.outputs))
        << "dweight " << l.name() << " input " << i;
  }
}

TEST_P(LinearZerosTest, ZeroColumnsDoNotChangeTheBits) {
  for (const std::size_t outputs : {3, 33, 64}) {
    for_each_skip([&](std::size_t batch, std::size_t width, std::size_t zeros, std::size_t gap,
                      std::size_t offset) {
      Layer l(batch, width, outputs, gap, offset);
      clear_columns(l.x, batch, width, zeros);
      expect_forward_of_rows(l, static_cast<Activation>((gap + offset) % 3));
    });
    if (HasFatalFailure()) return;
  }
}

TEST_P(LinearZerosTest, ZeroInputsLeaveTheirGradientAlone) {
  for (const std::size_t outputs : {3, 33}) {
    for_each_skip([&](std::size_t batch, std::size_t width, std::size_t zeros, std::size_t gap,
                      std::size_t offset) {
      Layer l(batch, width, outputs, gap, offset);
      clear_columns(l.x, batch, width, zeros);
      expect_backward_of_rows(l, Activation::relu);
      Strided before = l.dweight;
      expect_backward(l, Activation::relu);
      for (std::size_t n = 0; n < zeros; ++n) {
        const std::size_t i = (7 * n + 3) % width;
        ASSERT_TRUE(same_bits(&before(i, 0), &l.dweight(i, 0), outputs)) << "input " << i;
      }
    });
    if (HasFatalFailure()) return;
  }
}

// Units that ReLU has off for the whole batch, between inputs some of which are zero as well.
TEST_P(LinearZerosTest, SilentUnitsDoNotChangeTheGradients) {
  for_each_skip([&](std::size_t batch, std::size_t width, std::size_t zeros, std::size_t gap,
                    std::size_t offset) {
    constexpr std::size_t kInputs = 32;
    Layer l(batch, kInputs, width, gap, offset);
    clear_columns(l.x, batch, kInputs, kInputs / 2);
    for (std::size_t n = 0; n < zeros; ++n) l.bias[(7 * n + 3) % width] = -1e9f;
    expect_backward_of_rows(l, Activation::relu);
    expect_backward(l, Activation::relu);
    for (std::size_t n = 0; n < zeros; ++n) ASSERT_EQ(l.y(0, (7 * n + 3) % width), 0.0f);
  });
}

TEST_P(LinearZerosTest, ZeroColumnsOfDyDoNotChangeTheGradients) {
  for_each_skip([&](std::size_t batch, std::size_t width, std::size_t zeros, std::size_t gap,
                    std::size_t offset) {
    Layer l(batch, 33, width, gap, offset);
    clear_columns(l.dy, batch, width, zeros);
    expect_backward_of_rows(l, Activation::identity);
    expect_backward(l, Activation::identity);
  });
}

// Puts zeros of both signs over half of the entries, in no order.
void clear_entries(Strided& m, std::size_t rows, std::size_t cols) {
  std::uint32_t state = 1;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      state = state * 1664525u + 1013904223u;
      if (state >> 31 == 0) m(r, c) = (state >> 30) % 2 == 0 ? 0.0f : -0.0f;
    }
  }
}

struct Shape {
  std::size_t batch, inputs, outputs;
};

// Rows, depths and columns in more than one block, with a rest, and just enough or too few of them;
// the last two have weights whose rows lie far apart.
constexpr Shape kScattered[] = {{8, 32, 128},  {9, 33, 133},   {7, 32, 128},  {64, 31, 256},
                                {16, 100, 31}, {300, 70, 260}, {33, 300, 64}, {65, 129, 200},
                                {8, 64, 520},  {40, 48, 600}};

TEST_P(LinearZerosTest, ScatteredZerosDoNotChangeTheBits) {
  std::size_t turn = 0;
  for (const Shape& shape : kScattered) {
    for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
      ++turn;
      Layer l(shape.batch, shape.inputs, shape.outputs, turn % 3, turn % 5);
      clear_entries(l.x, shape.batch, shape.inputs);
      clear_entries(l.dy, shape.batch, shape.outputs);
      expect_forward_of_rows(l, activation);
      expect_backward_of_rows(l, activation);
      expect_forward(l, activation);
      expect_backward(l, activation);
      if (HasFatalFailure()) return;
    }
  }
}

// The slope of the layer below comes after all depths, in every block of rows.
TEST_P(LinearZerosTest, ScatteredZerosAndTheSlopeBelow) {
  constexpr std::size_t kBatch = 300, kInputs = 140, kOutputs = 70;
  Layer given(kBatch, kInputs, kOutputs, 1, 1);
  clear_entries(given.dy, kBatch, kOutputs);
  std::vector<float> scratch(linear_backward_scratch(kInputs, kOutputs));
  const auto input_gradient = [&](Activation below) {
    Layer l = given;
    linear_backward(l.x.view(), l.weight.view(), l.dy.view(), Activation::identity, l.dy.view(),
                    l.dweight.view(), l.dbias, l.dx.view(), scratch, below);
    return l.dx;
  };
  Strided plain = input_gradient(Activation::identity);
  Strided relu = input_gradient(Activation::relu), tanh = input_gradient(Activation::tanh);
  for (std::size_t b = 0; b < kBatch; ++b) {
    for (std::size_t i = 0; i < kInputs; ++i) {
      const double x = wide(given.x(b, i)), dx = wide(plain(b, i));
      ASSERT_EQ(relu(b, i), x > 0.0 ? plain(b, i) : 0.0f) << b << " " << i;
      ASSERT_NEAR(wide(tanh(b, i)), dx * (1.0 - x * x), 4 * kEpsilon * std::abs(dx) * (1.0 + x * x))
          << b << " " << i;
    }
  }
}

// NaN is no zero, wherever it lies among them.
TEST_P(LinearZerosTest, NanAmongScatteredZeros) {
  constexpr std::size_t kBatch = 37, kWidth = 135;
  for (const std::size_t at : {0, 5, 17, 32, 36}) {
    Layer l(kBatch, kWidth, kWidth, 0, 0);
    clear_entries(l.x, kBatch, kWidth);
    clear_entries(l.dy, kBatch, kWidth);
    l.x(at, at + 98) = kNan;
    l.dy(at, at + 98) = kNan;
    linear_forward(l.x.view(), l.weight.view(), l.bias, Activation::identity, l.y.view());
    std::vector<float> scratch(linear_backward_scratch(kWidth, kWidth));
    linear_backward(l.x.view(), l.weight.view(), l.y.view(), Activation::identity, l.dy.view(),
                    l.dweight.view(), l.dbias, l.dx.view(), scratch);
    for (std::size_t i = 0; i < kWidth; ++i) {
      for (std::size_t b = 0; b < kBatch; ++b) {
        ASSERT_EQ(std::isnan(l.y(b, i)), b == at) << b << " " << i;
        ASSERT_EQ(std::isnan(l.dx(b, i)), b == at) << b << " " << i;
      }
      ASSERT_TRUE(std::isnan(l.dweight(at + 98, i))) << i;
    }
  }
}

}  // namespace
}  // namespace pavlov::kernels
