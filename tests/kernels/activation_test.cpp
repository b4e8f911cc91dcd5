// Activation functions against the C library in double, on every SIMD target.
#include "pavlov/kernels/activation.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

using Forward = std::function<void(std::span<const float>, std::span<float>)>;
using Backward =
    std::function<void(std::span<const float>, std::span<const float>, std::span<float>)>;

constexpr double kRootOfTwo = 1.4142135623730951;
constexpr double kRootOfTwoPi = 2.5066282746310002;

double sigmoid(double x) {
  const double t = std::exp(-std::fabs(x));
  return (x < 0.0 ? t : 1.0) / (1.0 + t);
}
double normal_distribution(double x) { return 0.5 * std::erfc(-x / kRootOfTwo); }
double gelu_argument(double x) { return 2.0 * 0.7978845608028654 * (x + 0.044715 * x * x * x); }

struct Function {
  const char* name;
  Forward forward;
  Backward backward;
  bool from_result;  // backward takes the result, not the input
  double (*value)(double x);
  double (*slope)(double x);
};

const Function kFunctions[] = {
    {"exp", exp_forward, exp_backward, true, [](double x) { return std::exp(x); },
     [](double x) { return std::exp(x); }},
    {"tanh", tanh_forward, tanh_backward, true, [](double x) { return std::tanh(x); },
     [](double x) { return 1.0 - std::tanh(x) * std::tanh(x); }},
    {"sigmoid", sigmoid_forward, sigmoid_backward, true, sigmoid,
     [](double x) { return sigmoid(x) * sigmoid(-x); }},
    {"relu", relu_forward, relu_backward, true, [](double x) { return std::max(x, 0.0); },
     [](double x) { return x > 0.0 ? 1.0 : 0.0; }},
    {"gelu erf",
     [](std::span<const float> x, std::span<float> y) { gelu_forward(Gelu::erf, x, y); },
     [](std::span<const float> x, std::span<const float> dy, std::span<float> dx) {
       gelu_backward(Gelu::erf, x, dy, dx);
     },
     false, [](double x) { return x * normal_distribution(x); },
     [](double x) { return normal_distribution(x) + x * std::exp(-0.5 * x * x) / kRootOfTwoPi; }},
    {"gelu tanh",
     [](std::span<const float> x, std::span<float> y) { gelu_forward(Gelu::tanh, x, y); },
     [](std::span<const float> x, std::span<const float> dy, std::span<float> dx) {
       gelu_backward(Gelu::tanh, x, dy, dx);
     },
     false, [](double x) { return x * sigmoid(gelu_argument(x)); },
     [](double x) {
       const double s = sigmoid(gelu_argument(x));
       const double slope = 2.0 * 0.7978845608028654 * (1.0 + 3.0 * 0.044715 * x * x);
       return s + x * s * sigmoid(-gelu_argument(x)) * slope;
     }},
};

double ulp_of(double value) { return std::ldexp(1.0, std::max(std::ilogb(value), -126) - 23); }

// Every `stride`-th float32 bit pattern, NaN and infinities left out, in blocks.
template <class Visit>
void over_all_floats(std::uint64_t stride, Visit&& visit) {
  std::vector<float> x, y(1 << 14);
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32);) {
    x.clear();
    for (; bits < (std::uint64_t{1} << 32) && x.size() < y.size(); bits += stride) {
      const auto word = static_cast<std::uint32_t>(bits);
      float value;
      std::memcpy(&value, &word, sizeof value);
      if (std::isfinite(value)) x.push_back(value);
    }
    visit(std::span<const float>(x), std::span(y).first(x.size()));
  }
}

void expect_within_two_ulps(const Function& f, std::uint64_t stride) {
  double worst = 0.0;
  float at = 0.0f;
  over_all_floats(stride, [&](std::span<const float> x, std::span<float> y) {
    f.forward(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = f.value(static_cast<double>(x[i]));
      double error = 0.0;
      if (exact >= 0x1.ffffffp127) {  // rounds to infinity
        error = std::isinf(y[i]) ? 0.0 : 1e9;
      } else {
        error = std::fabs(static_cast<double>(y[i]) - exact) / ulp_of(exact);
      }
      if (error <= worst) continue;
      worst = error;
      at = x[i];
    }
  });
  EXPECT_LE(worst, 2.0) << f.name << " of " << at;
  EXPECT_GT(worst, 0.5) << f.name;  // the range was covered
}

class ActivationTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(ActivationTest);

TEST_P(ActivationTest, ExpTanhSigmoidAreWithinTwoUlps) {
  for (std::size_t k = 0; k < 3; ++k) expect_within_two_ulps(kFunctions[k], 4099);
}

class SlowActivationTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(SlowActivationTest);

TEST_P(SlowActivationTest, ExpTanhSigmoidAreWithinTwoUlps) {
  for (std::size_t k = 0; k < 3; ++k) expect_within_two_ulps(kFunctions[k], 61);
}

// Where the constants of the code switch from one formula or bound to another.
TEST_P(ActivationTest, NeighboursOfEveryBound) {
  const float bounds[] = {0.0f,   0.625f, 9.02f, 9.1f,    87.3f,   88.7228f, 89.0f,
                          104.0f, 13.22f, 30.0f, 0.3466f, 16.636f, 17.329f};
  std::vector<float> x;
  for (const float bound : bounds) {
    for (const float sign : {-1.0f, 1.0f}) {
      float up = sign * bound, down = up;
      for (int i = 0; i < 200; ++i) {
        x.push_back(up);
        x.push_back(down);
        up = std::nextafter(up, kInfinity);
        down = std::nextafter(down, -kInfinity);
      }
    }
  }
  std::vector<float> y(x.size());
  for (std::size_t k = 0; k < 3; ++k) {
    kFunctions[k].forward(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = kFunctions[k].value(static_cast<double>(x[i]));
      if (exact >= 0x1.ffffffp127) {
        ASSERT_EQ(y[i], kInfinity) << x[i];
      } else {
        ASSERT_NEAR(static_cast<double>(y[i]), exact, 2.0 * ulp_of(exact))
            << kFunctions[k].name << " of " << x[i];
      }
    }
  }
}

TEST_P(ActivationTest, GeluKeepsItsStatedError) {
  for (const std::size_t k : {4, 5}) {
    const Function& f = kFunctions[k];
    over_all_floats(4099, [&](std::span<const float> x, std::span<float> y) {
      f.forward(x, y);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = static_cast<double>(x[i]);
        const double exact = f.value(at);
        const double grows =
            k == 4 ? std::min(at * at, 200.0) : std::min(3.0 * std::fabs(gelu_argument(at)), 600.0);
        ASSERT_NEAR(static_cast<double>(y[i]), exact,
                    (8.0 + grows) * kEpsilon * std::fabs(exact) + 1e-36)
            << f.name << " of " << x[i];
      }
      std::vector<float> ones(x.size(), 1.0f);
      f.backward(x, ones, y);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = std::clamp(static_cast<double>(x[i]), -1e6, 1e6);
        ASSERT_NEAR(static_cast<double>(y[i]), f.slope(at), 0x1p-21) << f.name << " of " << x[i];
      }
    });
  }
}

// Equal bits for an element wherever it stands, in place as well, and nothing beside it written.
TEST_P(ActivationTest, EveryLengthAndOffset) {
  constexpr float kSentinel = -777.0f;
  for (const Function& f : kFunctions) {
    for (const std::size_t size : kLengths) {
      for (const std::size_t offset : {0, 1, 3}) {
        std::vector<float> x = values_with_outliers(size + offset + 1, 1);
        const std::vector<float> dy = values_with_outliers(size + offset + 1, 2);
        std::vector<float> y(x.size(), kSentinel), dx(x.size(), kSentinel);
        const auto part = [&](auto& v) { return std::span(v).subspan(offset, size); };
        f.forward(part(x), part(y));
        const std::vector<float>& stored = f.from_result ? y : x;
        f.backward(part(stored), part(dy), part(dx));
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (i < offset || i >= offset + size) {
            ASSERT_EQ(y[i], kSentinel) << f.name;
            ASSERT_EQ(dx[i], kSentinel) << f.name;
            continue;
          }
          const double at = static_cast<double>(x[i]);
          if (f.value(at) > 3.4e38) continue;
          // a relative error of 2^-18 leaves room for gelu's tails
          ASSERT_NEAR(static_cast<double>(y[i]), f.value(at),
                      0x1p-18 * std::fabs(f.value(at)) + 1e-36)
              << f.name << " of " << x[i];
          const double exact = static_cast<double>(dy[i]) * f.slope(at);
          ASSERT_NEAR(
              static_cast<double>(dx[i]), exact,
              4 * kEpsilon * std::fabs(exact) + 0x1p-21 * std::fabs(static_cast<double>(dy[i])))
              << f.name << " of " << x[i];
          float alone = 0.0f;
          f.forward({&x[i], 1}, {&alone, 1});
          ASSERT_EQ(std::memcmp(&alone, &y[i], sizeof alone), 0) << f.name;
        }
        std::vector<float> gradient = dy;
        f.backward(part(stored), part(gradient), part(gradient));
        ASSERT_EQ(std::memcmp(part(gradient).data(), part(dx).data(), size * sizeof(float)), 0);
        f.forward(part(x), part(x));
        ASSERT_EQ(std::memcmp(part(x).data(), part(y).data(), size * sizeof(float)), 0) << f.name;
      }
    }
  }
}

TEST_P(ActivationTest, SpecialValues) {
  const std::vector<float> x = {kInfinity, -kInfinity, kNan, 0.0f, -0.0f, 1e30f, -1e30f, 1e-40f};
  const std::vector<float> expected[] = {
      {kInfinity, 0.0f, kNan, 1.0f, 1.0f, kInfinity, 0.0f, 1.0f},  // exp
      {1.0f, -1.0f, kNan, 0.0f, -0.0f, 1.0f, -1.0f, 1e-40f},       // tanh
      {1.0f, 0.0f, kNan, 0.5f, 0.5f, 1.0f, 0.0f, 0.5f},            // sigmoid
      {kInfinity, 0.0f, kNan, 0.0f, 0.0f, 1e30f, 0.0f, 1e-40f},    // relu
      {kInfinity, 0.0f, kNan, 0.0f, 0.0f, 1e30f, 0.0f, 5e-41f},    // gelu erf
      {kInfinity, 0.0f, kNan, 0.0f, 0.0f, 1e30f, 0.0f, 5e-41f},    // gelu tanh
  };
  const std::vector<float> slopes[] = {
      {kInfinity, 0.0f, kNan, 1.0f, 1.0f, kInfinity, 0.0f, 1.0f},
      {0.0f, 0.0f, kNan, 1.0f, 1.0f, 0.0f, 0.0f, 1.0f},
      {0.0f, 0.0f, kNan, 0.25f, 0.25f, 0.0f, 0.0f, 0.25f},
      {1.0f, 0.0f, 1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 1.0f},
      {1.0f, 0.0f, kNan, 0.5f, 0.5f, 1.0f, 0.0f, 0.5f},
      {1.0f, 0.0f, kNan, 0.5f, 0.5f, 1.0f, 0.0f, 0.5f},
  };
  const auto expect_equal = [](float value, float wanted, const char* name, float at) {
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(value)) << name << " of " << at;
    } else {
      EXPECT_NEAR(static_cast<double>(value), static_cast<double>(wanted), 2e-45)
          << name << " of " << at;
    }
  };
  const std::vector<float> ones(x.size(), 1.0f);
  for (std::size_t k = 0; k < std::size(kFunctions); ++k) {
    const Function& f = kFunctions[k];
    std::vector<float> y(x.size()), dx(x.size());
    f.forward(x, y);
    f.backward(f.from_result ? y : x, ones, dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isinf(expected[k][i])) {
        EXPECT_EQ(y[i], expected[k][i]) << f.name << " of " << x[i];
      } else {
        expect_equal(y[i], expected[k][i], f.name, x[i]);
      }
      if (std::isinf(slopes[k][i])) {
        EXPECT_EQ(dx[i], slopes[k][i]) << f.name << " of " << x[i];
      } else {
        expect_equal(dx[i], slopes[k][i], f.name, x[i]);
      }
    }
  }
  std::vector<float> y(1);
  tanh_forward(std::vector<float>{-0.0f}, y);
  EXPECT_TRUE(std::signbit(y[0]));
}

TEST_P(ActivationTest, GradientsEqualCentralDifferences) {
  constexpr float kStep = 0x1p-7f;
  std::vector<float> x;
  for (int i = -60; i <= 60; ++i) x.push_back(0.1f * static_cast<float>(i) + 0.05f);
  const std::vector<float> ones(x.size(), 1.0f);
  for (const Function& f : kFunctions) {
    std::vector<float> above(x), below(x), y(x.size()), dx(x.size());
    for (float& value : above) value += kStep;
    for (float& value : below) value -= kStep;
    f.forward(x, y);
    f.backward(f.from_result ? y : x, ones, dx);
    const std::vector<float> right = above, left = below;
    f.forward(above, above);
    f.forward(below, below);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double difference = (static_cast<double>(above[i]) - static_cast<double>(below[i])) /
                                (static_cast<double>(right[i]) - static_cast<double>(left[i]));
      // third derivative times step^2 / 6, and the rounding of two values over two steps
      EXPECT_NEAR(static_cast<double>(dx[i]), difference,
                  2e-5 * (1.0 + std::fabs(difference)) +
                      4 * kEpsilon * std::fabs(static_cast<double>(y[i])) / 0x1p-7)
          << f.name << " of " << x[i];
    }
  }
}

TEST(ActivationErrors, NameTheSizes) {
  std::vector<float> a(3), b(4);
  for (const Function& f : kFunctions) {
    EXPECT_TRUE(starts_with(argument_error([&] { f.forward(a, b); }), "[activation] ")) << f.name;
    EXPECT_TRUE(starts_with(argument_error([&] { f.backward(a, b, a); }), "[activation] "));
    EXPECT_TRUE(starts_with(argument_error([&] { f.backward(a, a, b); }), "[activation] "));
    EXPECT_TRUE(starts_with(argument_error([&] { f.backward(b, a, a); }), "[activation] "));
  }
  EXPECT_EQ(argument_error([&] { exp_forward(a, b); }),
            "[activation] exp: x 3, y 4 elements: must be equal");
}

}  // namespace
}  // namespace pavlov::kernels
