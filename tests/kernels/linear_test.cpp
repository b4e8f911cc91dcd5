// Fully connected layers against plain loops in double, on every SIMD target.
#include "pavlov/kernels/linear.h"

#include <algorithm>
#include <cstring>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 8, 17, 31, 64, 65, 130};
constexpr float kSentinel = -777.0f;

// A matrix whose rows have a gap and which begins `offset` floats off alignment. The gap holds a
// sentinel, so that a write beside the matrix is seen.
class Strided {
 public:
  Strided(std::size_t rows, std::size_t cols, std::size_t gap, std::size_t offset,
          std::uint64_t seed)
      : rows_(rows), cols_(cols), stride_(cols + gap), offset_(offset) {
    storage_.assign(offset + rows * stride_ + 16, kSentinel);
    const std::vector<float> values = values_with_outliers(rows * cols, seed);
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(r * cols), cols,
                  storage_.begin() + static_cast<std::ptrdiff_t>(offset + r * stride_));
    }
  }
  MatrixView view() { return {storage_.data() + offset_, rows_, cols_, stride_}; }
  float& operator()(std::size_t r, std::size_t c) { return view()(r, c); }
  bool gaps_untouched() const {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const bool before = i < offset_;
      const std::size_t at = i - offset_;
      const bool inside = !before && at / stride_ < rows_ && at % stride_ < cols_;
      if (!inside && storage_[i] != kSentinel) return false;
    }
    return true;
  }

 private:
  std::size_t rows_, cols_, stride_, offset_;
  std::vector<float> storage_;
};

double activate(Activation activation, double z) {
  if (activation == Activation::relu) return std::max(z, 0.0);
  if (activation == Activation::tanh) return std::tanh(z);
  return z;
}

struct Layer {
  std::size_t batch, inputs, outputs;
  Strided x, weight, y, dy, dweight, dx;
  std::vector<float> bias, dbias;

  Layer(std::size_t b, std::size_t i, std::size_t o, std::size_t gap, std::size_t offset)
      : batch(b),
        inputs(i),
        outputs(o),
        x(b, i, gap, offset, 1),
        weight(i, o, gap, offset, 2),
        y(b, o, gap, offset, 3),
        dy(b, o, gap, offset, 4),
        dweight(i, o, gap, offset, 5),
        dx(b, i, gap, offset, 6),
        bias(values_with_outliers(o, 7)),
        dbias(values_with_outliers(o, 8)) {}

  std::string name() const {
    return "B " + std::to_string(batch) + " I " + std::to_string(inputs) + " O " +
           std::to_string(outputs);
  }
};

std::vector<double> doubles(Strided& m, std::size_t rows, std::size_t cols) {
  std::vector<double> result;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) result.push_back(static_cast<double>(m(r, c)));
  }
  return result;
}

// start + sum of n products, and the sum of their magnitudes.
struct Sum {
  double value;
  double magnitude;

  Sum(double start, const double* a, std::size_t a_step, const double* b, std::size_t b_step,
      std::size_t n)
      : value(start), magnitude(std::fabs(start)) {
    for (std::size_t i = 0; i < n; ++i) {
      const double term = a[i * a_step] * b[i * b_step];
      value += term;
      magnitude += std::fabs(term);
    }
  }
  // One rounding per addition, and one more for targets that round the product.
  double tolerance(std::size_t n) const {
    return static_cast<double>(n + 2) * kEpsilon * magnitude;
  }
};

void expect_forward(Layer& l, Activation activation) {
  linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
  const std::vector<double> x = doubles(l.x, l.batch, l.inputs);
  const std::vector<double> weight = doubles(l.weight, l.inputs, l.outputs);
  for (std::size_t b = 0; b < l.batch; ++b) {
    for (std::size_t o = 0; o < l.outputs; ++o) {
      const Sum z(static_cast<double>(l.bias[o]), x.data() + b * l.inputs, 1, weight.data() + o,
                  l.outputs, l.inputs);
      // no activation is steeper than 1; tanh adds an error of its own
      const double expected = activate(activation, z.value);
      ASSERT_NEAR(static_cast<double>(l.y(b, o)), expected,
                  z.tolerance(l.inputs) + 4 * kEpsilon * std::fabs(expected))
          << l.name() << " at " << b << "," << o;
    }
  }
  ASSERT_TRUE(l.y.gaps_untouched()) << l.name();
}

// dz = dy * act'(y) in place.
void expect_gate(Layer& l, Activation activation, const std::vector<double>& dy) {
  for (std::size_t b = 0; b < l.batch; ++b) {
    for (std::size_t o = 0; o < l.outputs; ++o) {
      const double y = static_cast<double>(l.y(b, o));
      const double before = dy[b * l.outputs + o];
      double slope = 1.0;
      if (activation == Activation::relu) slope = y > 0.0 ? 1.0 : 0.0;
      if (activation == Activation::tanh) slope = 1.0 - y * y;
      // 1 - y^2 is off by two roundings of numbers up to 1, the product by one more
      ASSERT_NEAR(static_cast<double>(l.dy(b, o)), before * slope,
                  3 * kEpsilon * std::fabs(before));
    }
  }
}

void expect_backward(Layer& l, Activation activation) {
  linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
  const std::vector<double> x = doubles(l.x, l.batch, l.inputs);
  const std::vector<double> weight = doubles(l.weight, l.inputs, l.outputs);
  const std::vector<double> dy = doubles(l.dy, l.batch, l.outputs);
  const std::vector<double> dweight = doubles(l.dweight, l.inputs, l.outputs);
  const std::vector<float> dbias = l.dbias;
  std::vector<float> scratch(linear_backward_scratch(l.inputs, l.outputs) + 1, kSentinel);
  linear_backward(l.x.view(), l.weight.view(), l.y.view(), activation, l.dy.view(),
                  l.dweight.view(), l.dbias, l.dx.view(), {scratch.data(), scratch.size() - 1});
  ASSERT_EQ(scratch.back(), kSentinel) << l.name();
  expect_gate(l, activation, dy);
  // from here on with the rounded dz: where |y| is near 1, 1 - y^2 cancels
  const std::vector<double> dz = doubles(l.dy, l.batch, l.outputs);
  const double one = 1.0;
  for (std::size_t o = 0; o < l.outputs; ++o) {
    const Sum bias(static_cast<double>(dbias[o]), dz.data() + o, l.outputs, &one, 0, l.batch);
    ASSERT_NEAR(static_cast<double>(l.dbias[o]), bias.value, bias.tolerance(l.batch)) << l.name();
    for (std::size_t i = 0; i < l.inputs; ++i) {
      const Sum sum(dweight[i * l.outputs + o], x.data() + i, l.inputs, dz.data() + o, l.outputs,
                    l.batch);
      ASSERT_NEAR(static_cast<double>(l.dweight(i, o)), sum.value, sum.tolerance(l.batch))
          << "dweight " << l.name();
    }
  }
  for (std::size_t b = 0; b < l.batch; ++b) {
    for (std::size_t i = 0; i < l.inputs; ++i) {
      const Sum sum(0.0, dz.data() + b * l.outputs, 1, weight.data() + i * l.outputs, 1, l.outputs);
      ASSERT_NEAR(static_cast<double>(l.dx(b, i)), sum.value, sum.tolerance(l.outputs))
          << "dx " << l.name();
    }
  }
  ASSERT_TRUE(l.dy.gaps_untouched() && l.dweight.gaps_untouched() && l.dx.gaps_untouched())
      << l.name();
}

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
  for (const std::size_t outputs : {1, 2, 3, 4, 5, 33}) {
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

// ---- columns of zeros, which a product skips ----

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

TEST_P(LinearTest, ZeroColumnsDoNotChangeTheBits) {
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

TEST_P(LinearTest, ZeroInputsLeaveTheirGradientAlone) {
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
TEST_P(LinearTest, SilentUnitsDoNotChangeTheGradients) {
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

TEST_P(LinearTest, ZeroColumnsOfDyDoNotChangeTheGradients) {
  for_each_skip([&](std::size_t batch, std::size_t width, std::size_t zeros, std::size_t gap,
                    std::size_t offset) {
    Layer l(batch, 33, width, gap, offset);
    clear_columns(l.dy, batch, width, zeros);
    expect_backward_of_rows(l, Activation::identity);
    expect_backward(l, Activation::identity);
  });
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

// tanh of a single input through weight 1 and bias 0.
std::vector<float> tanh_of(std::vector<float> x) {
  std::vector<float> y(x.size());
  const float weight = 1.0f;
  const float bias = 0.0f;
  linear_forward({x.data(), x.size(), 1}, {&weight, 1, 1}, {&bias, 1}, Activation::tanh,
                 {y.data(), y.size(), 1});
  return y;
}

TEST_P(LinearTest, TanhIsWithinTwoUlps) {
  std::vector<float> x;
  for (float magnitude = 1e-6f; magnitude < 12.0f; magnitude *= 1.0001f) {
    x.push_back(magnitude);
    x.push_back(-magnitude);
  }
  for (int i = -1000; i <= 1000; ++i) x.push_back(0.625f + static_cast<float>(i) * 0x1p-24f);
  const std::vector<float> y = tanh_of(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    const double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
    ASSERT_LE(std::fabs(static_cast<double>(y[i]) - exact), 2.0 * ulp) << x[i];
    ASSERT_LE(std::fabs(y[i]), 1.0f);
  }
}

TEST_P(LinearTest, TanhOfSpecialValues) {
  const std::vector<float> y = tanh_of({kInfinity, -kInfinity, kNan, 0.0f, 1e30f, -1e30f, 1e-30f});
  EXPECT_EQ(y[0], 1.0f);
  EXPECT_EQ(y[1], -1.0f);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_EQ(y[3], 0.0f);
  EXPECT_EQ(y[4], 1.0f);
  EXPECT_EQ(y[5], -1.0f);
  EXPECT_EQ(y[6], 1e-30f);
}

TEST_P(LinearTest, NanReachesTheOutputs) {
  for (const std::size_t outputs : {2, 16, 33}) {
    for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
      Layer l(20, 5, outputs, 0, 0);
      l.x(3, 2) = kNan;
      linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
      for (std::size_t o = 0; o < outputs; ++o) {
        EXPECT_TRUE(std::isnan(l.y(3, o)));
        EXPECT_FALSE(std::isnan(l.y(4, o)));
      }
    }
  }
}

// dL/dp by central differences for L = sum of y * g, on values of moderate size.
class LinearGradientTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearGradientTest);

struct SmallLayer {
  static constexpr std::size_t kBatch = 6, kInputs = 5, kOutputs = 7;
  std::vector<float> x, weight, bias, g;
  Activation activation;

  explicit SmallLayer(Activation a)
      : x(small(kBatch * kInputs, 1)),
        weight(small(kInputs * kOutputs, 2)),
        bias(small(kOutputs, 3)),
        g(small(kBatch * kOutputs, 4)),
        activation(a) {}
  static std::vector<float> small(std::size_t size, std::uint64_t seed) {
    RandomStream random(seed, "small layer");
    std::vector<float> values(size);
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
  }
  std::vector<float> forward() const {
    std::vector<float> y(kBatch * kOutputs);
    linear_forward({x.data(), kBatch, kInputs}, {weight.data(), kInputs, kOutputs}, bias,
                   activation, {y.data(), kBatch, kOutputs});
    return y;
  }
  double loss() const {
    const std::vector<float> y = forward();
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      sum += static_cast<double>(y[i]) * static_cast<double>(g[i]);
    }
    return sum;
  }
  double difference(float& parameter) {
    constexpr float kStep = 0x1p-8f;
    const float saved = parameter;
    parameter = saved + kStep;
    const double above = loss();
    parameter = saved - kStep;
    const double below = loss();
    parameter = saved;
    return (above - below) / (2.0 * static_cast<double>(kStep));
  }
};

TEST_P(LinearGradientTest, EqualsCentralDifferences) {
  for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
    SmallLayer l(activation);
    if (activation == Activation::relu) {
      // keep every pre-activation away from the kink
      for (float& value : l.weight) value = std::fabs(value);
      for (float& value : l.x) value = std::fabs(value) + 0.1f;
      for (std::size_t o = 0; o < l.bias.size(); ++o) l.bias[o] = o % 2 == 0 ? 1.0f : -60.0f;
    }
    const std::vector<float> y = l.forward();
    std::vector<float> dy = l.g, dweight(l.weight.size()), dbias(l.bias.size()), dx(l.x.size());
    std::vector<float> scratch(linear_backward_scratch(l.kInputs, l.kOutputs));
    linear_backward({l.x.data(), l.kBatch, l.kInputs}, {l.weight.data(), l.kInputs, l.kOutputs},
                    {y.data(), l.kBatch, l.kOutputs}, activation, {dy.data(), l.kBatch, l.kOutputs},
                    {dweight.data(), l.kInputs, l.kOutputs}, dbias,
                    {dx.data(), l.kBatch, l.kInputs}, scratch);
    const auto compare = [&](std::vector<float>& parameters, const std::vector<float>& gradient) {
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(gradient[i]), l.difference(parameters[i]), 2e-3) << i;
      }
    };
    compare(l.weight, dweight);
    compare(l.bias, dbias);
    compare(l.x, dx);
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
