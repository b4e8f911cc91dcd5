#include "pavlov/tests/kernels/linear_layer.h"

#include <cmath>

namespace pavlov::kernels {
namespace {

double activate(Activation activation, double z) {
  if (activation == Activation::relu) return std::max(z, 0.0);
  if (activation == Activation::tanh) return std::tanh(z);
  return z;
}

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

}  // namespace

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

}  // namespace pavlov::kernels
