// Updates of flat buffers against plain loops in double, on every SIMD target.
#include "pavlov/kernels/update.h"

#include <algorithm>

#include "pavlov/kernels/denormals.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class UpdateTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(UpdateTest);

TEST_P(UpdateTest, GlobalNorm) {
  std::vector<std::size_t> lengths(std::begin(kLengths), std::end(kLengths));
  lengths.insert(lengths.end(), {4096, 4097, 20000});
  for (const std::size_t size : lengths) {
    for (const std::size_t offset : {0, 1, 5}) {
      const std::vector<float> x = values_with_outliers(size + offset, 1);
      double sum = 0.0;
      for (std::size_t i = offset; i < x.size(); ++i) {
        sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      }
      // a block adds up to 4096 squares in float32, in chains of at most that length
      const double norm = global_norm(std::span(x).subspan(offset));
      EXPECT_NEAR(norm, std::sqrt(sum), 4096 * kEpsilon * std::sqrt(sum)) << size;
    }
  }
}

TEST_P(UpdateTest, NormOfSpecialValues) {
  EXPECT_EQ(global_norm({}), 0.0);
  std::vector<float> x(100, 0.0f);
  EXPECT_EQ(global_norm(x), 0.0);
  x[57] = kNan;
  EXPECT_TRUE(std::isnan(global_norm(x)));
  x[57] = -kInfinity;
  EXPECT_TRUE(std::isinf(global_norm(x)));
}

TEST(UpdateClip, Factor) {
  EXPECT_EQ(clip_factor(5.0, 10.0), 1.0f);
  EXPECT_EQ(clip_factor(10.0, 10.0), 1.0f);
  EXPECT_EQ(clip_factor(40.0, 10.0), 0.25f);
  EXPECT_EQ(clip_factor(40.0, 0.0), 1.0f);
  EXPECT_EQ(clip_factor(40.0, -1.0), 1.0f);
  EXPECT_EQ(clip_factor(0.0, 1.0), 1.0f);
}

// torch.optim.Adam, single tensor, in double: lerp_, addcmul_, addcdiv_.
struct PlainAdam {
  std::vector<double> value, m, v;

  void step(const AdamStep& s, std::span<const float> gradient) {
    const double beta1 = static_cast<double>(s.beta1);
    const double beta2 = static_cast<double>(s.beta2);
    const double correction1 = 1.0 - std::pow(beta1, static_cast<double>(s.t));
    const double correction2 = 1.0 - std::pow(beta2, static_cast<double>(s.t));
    for (std::size_t i = 0; i < value.size(); ++i) {
      const double g = static_cast<double>(s.gradient_scale) * static_cast<double>(gradient[i]);
      m[i] += (1.0 - beta1) * (g - m[i]);
      v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
      const double denominator =
          std::sqrt(v[i]) / std::sqrt(correction2) + static_cast<double>(s.epsilon);
      value[i] *= 1.0 - static_cast<double>(s.learning_rate) * static_cast<double>(s.weight_decay);
      value[i] -= static_cast<double>(s.learning_rate) / correction1 * m[i] / denominator;
    }
  }
};

std::vector<double> doubles(std::span<const float> x) { return {x.begin(), x.end()}; }

TEST_P(UpdateTest, AdamEqualsPlainLoopOverManySteps) {
  for (const std::size_t size : kLengths) {
    for (const std::size_t offset : {0, 3}) {
      const float weight_decay = offset == 0 ? 0.0f : 0.5f;  // AdamW
      std::vector<float> value = values_with_outliers(size + offset, 1);
      std::vector<float> gradient(size + offset), m(size + offset), v(size + offset);
      const auto rest = [&](std::vector<float>& x) { return std::span(x).subspan(offset); };
      const std::vector<float> start = value;
      PlainAdam plain{doubles(rest(value)), std::vector<double>(size), std::vector<double>(size)};
      AdamStep step;
      step.gradient_scale = 0.5f;
      step.weight_decay = weight_decay;
      const int steps = size == 1000 ? 200 : 20;
      for (int t = 1; t <= steps; ++t) {
        step.t = t;
        gradient = values_with_outliers(size + offset, 100 + static_cast<std::uint64_t>(t));
        plain.step(step, rest(gradient));
        adam_update(step, rest(value), rest(gradient), rest(m), rest(v));
        for (const float g : rest(gradient)) ASSERT_EQ(g, 0.0f);
      }
      for (std::size_t i = 0; i < size; ++i) {
        // one rounding of the value per step, and 1e-6 of the distance gone (at most lr a step)
        const double distance = 1e-3 * steps;
        ASSERT_NEAR(static_cast<double>(rest(value)[i]), plain.value[i],
                    0.5 * std::sqrt(steps) * 8 * kEpsilon * std::fabs(plain.value[i]) +
                        1e-6 * distance + 1e-9);
        ASSERT_NEAR(static_cast<double>(rest(v)[i]), plain.v[i], 1e-5 * plain.v[i]);
      }
      for (std::size_t i = 0; i < offset; ++i) ASSERT_EQ(value[i], start[i]);
    }
  }
}

// m = v = g = 0 divides 0 by epsilon.
TEST_P(UpdateTest, AdamLeavesDeadParametersAlone) {
  std::vector<float> value(33, 0.25f), gradient(33), m(33), v(33);
  AdamStep step;
  for (step.t = 1; step.t <= 5; ++step.t) adam_update(step, value, gradient, m, v);
  EXPECT_EQ(value, std::vector<float>(33, 0.25f));
}

TEST_P(UpdateTest, AdamFirstStepIsTheLearningRate) {
  std::vector<float> value(5, 1.0f), gradient = {1e-3f, -1e-3f, 1.0f, -1e4f, 1e8f}, m(5), v(5);
  adam_update({}, value, gradient, m, v);
  const float sign[] = {1, -1, 1, -1, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(static_cast<double>(value[i]), 1.0 - 1e-3 * static_cast<double>(sign[i]), 2e-7);
  }
}

// AdamW's decay is not divided by the root of v: without gradient, a parameter shrinks by a factor.
TEST_P(UpdateTest, WeightDecayIsDecoupled) {
  std::vector<float> value(33, 2.0f), gradient(33), m(33), v(33);
  AdamStep step{.learning_rate = 0.5f, .weight_decay = 0.25f};
  for (step.t = 1; step.t <= 3; ++step.t) adam_update(step, value, gradient, m, v);
  EXPECT_EQ(value, std::vector<float>(33, 2.0f * 0.875f * 0.875f * 0.875f));
}

// torch.optim.RMSprop, and the variant with epsilon inside the root, in double.
TEST_P(UpdateTest, RmsPropEqualsPlainLoopOverManySteps) {
  for (const std::size_t size : kLengths) {
    for (const std::size_t offset : {0, 3}) {
      for (const bool inside : {false, true}) {
        std::vector<float> value = values_with_outliers(size + offset, 1), gradient;
        std::vector<float> v(size + offset, inside ? 1.0f : 0.0f);
        const std::vector<float> start = value;
        const auto rest = [&](std::vector<float>& x) { return std::span(x).subspan(offset); };
        std::vector<double> plain = doubles(rest(value)), plain_v = doubles(rest(v));
        const RmsPropStep step{
            .learning_rate = 1e-2f,
            .decay = 0.9f,
            .epsilon = 0.125f,  // large, so that its place shows
            .placement = inside ? EpsilonPlacement::inside_root : EpsilonPlacement::outside_root,
            .gradient_scale = 0.5f};
        const double decay = static_cast<double>(step.decay);
        constexpr int kSteps = 20;
        for (int t = 0; t < kSteps; ++t) {
          gradient = values_with_outliers(size + offset, 100 + static_cast<std::uint64_t>(t));
          for (std::size_t i = 0; i < size; ++i) {
            const double g = 0.5 * static_cast<double>(rest(gradient)[i]);
            plain_v[i] = decay * plain_v[i] + (1.0 - decay) * g * g;
            const double root =
                inside ? std::sqrt(plain_v[i] + 0.125) : std::sqrt(plain_v[i]) + 0.125;
            plain[i] -= static_cast<double>(step.learning_rate) * g / root;
          }
          rmsprop_update(step, rest(value), rest(gradient), rest(v));
          for (const float g : rest(gradient)) ASSERT_EQ(g, 0.0f);
        }
        for (std::size_t i = 0; i < size; ++i) {
          // a step is at most lr / sqrt(1 - decay)
          ASSERT_NEAR(static_cast<double>(rest(value)[i]), plain[i],
                      kSteps * kEpsilon * (std::fabs(plain[i]) + 1.0) + 1e-5 * 1e-2 * kSteps);
          ASSERT_NEAR(static_cast<double>(rest(v)[i]), plain_v[i], 1e-5 * plain_v[i]);
        }
        for (std::size_t i = 0; i < offset; ++i) ASSERT_EQ(value[i], start[i]);
      }
    }
  }
}

// torch.optim.SGD in double.
TEST_P(UpdateTest, SgdEqualsPlainLoopOverManySteps) {
  for (const std::size_t size : kLengths) {
    for (const std::size_t offset : {0, 3}) {
      for (const float momentum : {0.0f, 0.75f}) {
        for (const bool nesterov : {false, true}) {
          std::vector<float> value = values_with_outliers(size + offset, 1), gradient;
          std::vector<float> velocity(momentum == 0.0f ? 0 : size + offset);
          const std::vector<float> start = value;
          const auto rest = [&](std::vector<float>& x) {
            return x.empty() ? std::span<float>() : std::span(x).subspan(offset);
          };
          std::vector<double> plain = doubles(rest(value)), plain_velocity(size);
          const SgdStep step{.learning_rate = 0.125f,
                             .momentum = momentum,
                             .nesterov = nesterov,
                             .gradient_scale = 0.25f};
          constexpr int kSteps = 10;
          for (int t = 0; t < kSteps; ++t) {
            gradient = values_with_outliers(size + offset, 100 + static_cast<std::uint64_t>(t));
            for (std::size_t i = 0; i < size; ++i) {
              const double g = 0.25 * static_cast<double>(rest(gradient)[i]);
              const double mu = static_cast<double>(momentum);
              plain_velocity[i] = mu * plain_velocity[i] + g;
              plain[i] -= 0.125 * (nesterov ? g + mu * plain_velocity[i] : plain_velocity[i]);
            }
            sgd_update(step, rest(value), rest(gradient), rest(velocity));
            for (const float g : rest(gradient)) ASSERT_EQ(g, 0.0f);
          }
          for (std::size_t i = 0; i < size; ++i) {
            ASSERT_NEAR(static_cast<double>(rest(value)[i]), plain[i],
                        kSteps * 4.0 * kEpsilon * 200.0);
          }
          for (std::size_t i = 0; i < offset; ++i) ASSERT_EQ(value[i], start[i]);
        }
      }
    }
  }
}

// The gaps of a flat buffer are zeros and must stay so.
TEST_P(UpdateTest, ZerosWithoutGradientStayZeros) {
  std::vector<float> value(33), gradient(33), a(33), b(33);
  adam_update({.weight_decay = 0.1f}, value, gradient, a, b);
  rmsprop_update({}, value, gradient, b);
  rmsprop_update({.placement = EpsilonPlacement::inside_root}, value, gradient, b);
  sgd_update({.momentum = 0.9f, .nesterov = true}, value, gradient, a);
  EXPECT_EQ(value, std::vector<float>(33, 0.0f));
}

TEST_P(UpdateTest, NanReachesTheParameter) {
  for (const std::size_t at : {0, 32}) {
    const auto after = [&](auto&& update) {
      std::vector<float> value(33), gradient(33), a(33), b(33);
      gradient[at] = kNan;
      update(value, gradient, a, b);
      for (std::size_t i = 0; i < 33; ++i) EXPECT_EQ(std::isnan(value[i]), i == at);
    };
    after([](auto& x, auto& g, auto& a, auto& b) { adam_update({}, x, g, a, b); });
    after([](auto& x, auto& g, auto&, auto& b) { rmsprop_update({}, x, g, b); });
    after([](auto& x, auto& g, auto& a, auto&) { sgd_update({.momentum = 0.5f}, x, g, a); });
  }
}

TEST_P(UpdateTest, PolyakAverage) {
  for (const std::size_t size : kLengths) {
    for (const float tau : {0.0f, 0.005f, 0.5f, 1.0f}) {
      std::vector<float> target = values_with_outliers(size, 1);
      const std::vector<float> before = target;
      const std::vector<float> online = values_with_outliers(size, 2);
      polyak_update(target, online, tau);
      for (std::size_t i = 0; i < size; ++i) {
        const double from = static_cast<double>(before[i]);
        const double to = static_cast<double>(online[i]);
        ASSERT_NEAR(static_cast<double>(target[i]), from + static_cast<double>(tau) * (to - from),
                    3 * kEpsilon * (std::fabs(from) + std::fabs(to)));
      }
      if (tau == 1.0f) {
        ASSERT_EQ(target, online);
      }
      if (tau == 0.0f) {
        ASSERT_EQ(target, before);
      }
    }
  }
}

TEST(UpdateErrors, NameTheSizes) {
  std::vector<float> a(3), b(4);
  EXPECT_TRUE(starts_with(argument_error([&] { adam_update({}, a, b, a, a); }), "[update] adam"));
  EXPECT_TRUE(starts_with(argument_error([&] { adam_update({}, a, a, b, a); }), "[update] adam"));
  EXPECT_TRUE(starts_with(argument_error([&] { adam_update({}, a, a, a, b); }), "[update] adam"));
  AdamStep step;
  step.t = 0;
  EXPECT_TRUE(
      starts_with(argument_error([&] { adam_update(step, a, a, a, a); }), "[update] adam: t 0"));
  step = {.weight_decay = -0.1f};
  EXPECT_TRUE(starts_with(argument_error([&] { adam_update(step, a, a, a, a); }),
                          "[update] adam: weight_decay -0.1"));
  const auto rmsprop = [&](RmsPropStep s, auto& value, auto& gradient, auto& v) {
    return argument_error([&] { rmsprop_update(s, value, gradient, v); });
  };
  EXPECT_TRUE(starts_with(rmsprop({}, a, b, a), "[update] rmsprop: value 3, gradient 4, v 3"));
  EXPECT_TRUE(starts_with(rmsprop({}, a, a, b), "[update] rmsprop: value 3"));
  EXPECT_TRUE(starts_with(rmsprop({.decay = 1.0f}, a, a, a), "[update] rmsprop: decay 1"));
  EXPECT_TRUE(starts_with(rmsprop({.epsilon = 0.0f}, a, a, a), "[update] rmsprop: epsilon 0"));
  const auto sgd = [&](SgdStep s, auto& value, auto& gradient, std::span<float> velocity) {
    return argument_error([&] { sgd_update(s, value, gradient, velocity); });
  };
  EXPECT_EQ(sgd({}, a, a, {}), "");
  EXPECT_TRUE(starts_with(sgd({}, a, b, {}), "[update] sgd: value 3, gradient 4, velocity 0"));
  EXPECT_TRUE(starts_with(sgd({}, a, a, b), "[update] sgd: value 3"));
  EXPECT_TRUE(starts_with(sgd({.momentum = 0.5f}, a, a, {}), "[update] sgd: value 3"));
  EXPECT_TRUE(starts_with(sgd({.momentum = 1.0f}, a, a, a), "[update] sgd: momentum 1"));
  EXPECT_TRUE(starts_with(argument_error([&] { polyak_update(a, b, 1.0f); }), "[update] polyak"));
  for (const float tau : {-0.1f, 1.1f, kNan}) {
    EXPECT_TRUE(
        starts_with(argument_error([&] { polyak_update(a, a, tau); }), "[update] polyak: tau"));
  }
}

#if defined(__x86_64__) || defined(__aarch64__)
// A ReLU unit that died after its first step: its moments never become denormals, which are slow.
TEST_P(UpdateTest, MomentsOfDeadParametersSkipTheDenormals) {
  const FlushDenormals flush;
  std::vector<float> value(33, 1.0f), gradient(33, 0.5f), m(33), v(33);
  AdamStep step{.learning_rate = 1e-5f};
  for (step.t = 1; step.t <= 10000; ++step.t) {
    adam_update(step, value, gradient, m, v);
    if (step.t % 100 != 0) continue;
    for (const float x : m) ASSERT_NE(std::fpclassify(x), FP_SUBNORMAL);
    for (const float x : v) ASSERT_NE(std::fpclassify(x), FP_SUBNORMAL);
  }
  // Without fused multiply-add, m stops where a tenth of it is flushed.
  for (const float x : m) EXPECT_LT(x, 1.2e-37f);
}

TEST(Denormals, AreFlushedWithinTheScopeOnly) {
  volatile float tiny = 1e-38f;
  const auto product = [&] { return tiny * 0.1f; };
  EXPECT_GT(product(), 0.0f);
  {
    const FlushDenormals outer;
    EXPECT_EQ(product(), 0.0f);
    {
      const FlushDenormals inner;
      EXPECT_EQ(product(), 0.0f);
    }
    EXPECT_EQ(product(), 0.0f);
  }
  EXPECT_GT(product(), 0.0f);
}

TEST(Denormals, CountAsZeroWhenRead) {
  volatile float denormal = 1e-40f;
  volatile float large = 1e20f;
  const FlushDenormals flush;
  EXPECT_EQ(denormal * large, 0.0f);
}
#endif

}  // namespace
}  // namespace pavlov::kernels
