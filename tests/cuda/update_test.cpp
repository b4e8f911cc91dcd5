#include "pavlov/kernels/cuda/update.h"

#include "pavlov/kernels/update.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class UpdateTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(UpdateTest);

constexpr std::size_t kSizes[] = {1, 31, 256, 257, 4096, 4097, 20000};

TEST_P(UpdateTest, NormAndClipEqualTheProcessors) {
  for (const std::size_t size : kSizes) {
    const std::vector<float> values = normal_values(size, 1);
    OnDevice<float> x(values), factor(1);
    OnDevice<double> scratch(norm_scratch(size)), norm(1);
    global_norm(stream(), x, scratch, norm.data());
    const double expected = kernels::global_norm(values);
    EXPECT_NEAR(norm.value(), expected, 1e-5 * expected);
    for (const double most : {0.0, 0.5, 1e9}) {
      clip_by_norm(stream(), x, most, nullptr, scratch, norm.data(), factor.data());
      EXPECT_NEAR(norm.value(), expected, 1e-5 * expected);
      expect_close({{clip_factor(expected, most)}}, factor.values());
    }
  }
}

TEST_P(UpdateTest, NothingFiniteNoFactor) {
  OnDevice<double> scratch(1), norm(1);
  OnDevice<float> factor(1), fine(std::vector<float>{3, 4});
  for (const float bad : {NAN, INFINITY}) {
    OnDevice<float> x(std::vector<float>{1, bad}), loss(std::vector<float>{bad});
    clip_by_norm(stream(), x, 10.0, nullptr, scratch, norm.data(), factor.data());
    EXPECT_TRUE(std::isnan(factor.value()));
    EXPECT_FALSE(std::isfinite(norm.value()));
    clip_by_norm(stream(), fine, 10.0, loss.data(), scratch, norm.data(), factor.data());
    EXPECT_TRUE(std::isnan(factor.value()));
    EXPECT_EQ(norm.value(), 5.0);
  }
  OnDevice<float> loss(std::vector<float>{1});
  clip_by_norm(stream(), fine, 2.5, loss.data(), scratch, norm.data(), factor.data());
  EXPECT_EQ(factor.value(), 0.5f);
}

// A few steps of an optimizer on the host and on the device, the gradient scaled by 0.5.
template <class HostStep, class DeviceStep>
void compare(std::size_t size, const HostStep& host, const DeviceStep& device) {
  std::vector<float> value = normal_values(size, 1), first(size), second(size);
  OnDevice<float> v(value), a(size), b(size);
  for (int t = 1; t <= 5; ++t) {
    std::vector<float> gradient = normal_values(size, 10 + static_cast<std::uint64_t>(t));
    OnDevice<float> g(gradient);
    host(t, value, gradient, first, second);
    device(t, v, g, a, b);
    expect_close(gradient, g.values(), "gradient");
  }
  expect_close(value, v.values(), "value");
  expect_close(first, a.values(), "first moment");
  expect_close(second, b.values(), "second moment");
}

using Values = std::vector<float>;
using Array = OnDevice<float>;

TEST_P(UpdateTest, AdamEqualsTheProcessors) {
  OnDevice<float> half(Values{0.5f});
  for (const float decay : {0.0f, 0.1f}) {
    AdamStep step{.learning_rate = 0.01f, .gradient_scale = 0.5f, .weight_decay = decay};
    for (const std::size_t size : kSizes) {
      compare(
          size,
          [&](int t, Values& value, Values& gradient, Values& m, Values& v) {
            step.t = t;
            kernels::adam_update(step, value, gradient, m, v);
          },
          [&](int t, Array& value, Array& gradient, Array& m, Array& v) {
            step.t = t;
            OnDevice<AdamNumbers> numbers({adam_numbers(step)});
            adam_update(stream(), numbers.data(), half.data(), value, gradient, m, v);
            stream().synchronize();
          });
    }
  }
}

TEST_P(UpdateTest, RmsPropEqualsTheProcessors) {
  OnDevice<float> half(Values{0.5f});
  for (const auto placement : {EpsilonPlacement::outside_root, EpsilonPlacement::inside_root}) {
    const RmsPropStep step{.learning_rate = 0.01f, .placement = placement, .gradient_scale = 0.5f};
    OnDevice<RmsPropNumbers> numbers({rmsprop_numbers(step)});
    for (const std::size_t size : kSizes) {
      compare(
          size,
          [&](int, Values& value, Values& gradient, Values& v, Values&) {
            kernels::rmsprop_update(step, value, gradient, v);
          },
          [&](int, Array& value, Array& gradient, Array& v, Array&) {
            rmsprop_update(stream(), numbers.data(), placement, half.data(), value, gradient, v);
          });
    }
  }
}

TEST_P(UpdateTest, SgdEqualsTheProcessors) {
  OnDevice<float> half(Values{0.5f});
  for (const bool nesterov : {false, true}) {
    for (const float momentum : {0.0f, 0.9f}) {
      const SgdStep step{.learning_rate = 0.01f,
                         .momentum = momentum,
                         .nesterov = nesterov,
                         .gradient_scale = 0.5f};
      OnDevice<SgdNumbers> numbers({sgd_numbers(step)});
      for (const std::size_t size : {1, 257}) {
        for (const bool kept : {false, true}) {
          if (!kept && momentum > 0.0f) continue;
          compare(
              size,
              [&](int, Values& value, Values& gradient, Values& velocity, Values&) {
                kernels::sgd_update(step, value, gradient,
                                    kept ? std::span(velocity) : std::span<float>());
              },
              [&](int, Array& value, Array& gradient, Array& velocity, Array&) {
                sgd_update(stream(), numbers.data(), nesterov, half.data(), value, gradient,
                           kept ? velocity.span() : std::span<float>());
              });
        }
      }
    }
  }
}

TEST_P(UpdateTest, WithoutAScaleTheGradientIsTakenAsItIs) {
  OnDevice<SgdNumbers> numbers({sgd_numbers({.learning_rate = 0.5f})});
  OnDevice<float> value(Values{1, 2}), gradient(Values{1, -1});
  sgd_update(stream(), numbers.data(), false, nullptr, value, gradient, {});
  EXPECT_EQ(value.values(), (Values{0.5f, 2.5f}));
}

TEST_P(UpdateTest, AScaleOfNanIsNoStep) {
  OnDevice<float> scale(Values{NAN}), value(Values{1, 2}), m(Values{3, 4}), v(Values{5, 6});
  OnDevice<AdamNumbers> adam({adam_numbers({})});
  OnDevice<RmsPropNumbers> rmsprop({rmsprop_numbers({})});
  OnDevice<SgdNumbers> sgd({sgd_numbers({.momentum = 0.9f})});
  const auto expect_untouched = [&](OnDevice<float>& gradient) {
    EXPECT_EQ(gradient.values(), (Values{0, 0}));
    EXPECT_EQ(value.values(), (Values{1, 2}));
    EXPECT_EQ(m.values(), (Values{3, 4}));
    EXPECT_EQ(v.values(), (Values{5, 6}));
  };
  OnDevice<float> a(Values{1, NAN}), b(Values{1, NAN}), c(Values{1, NAN});
  adam_update(stream(), adam.data(), scale.data(), value, a, m, v);
  expect_untouched(a);
  rmsprop_update(stream(), rmsprop.data(), EpsilonPlacement::outside_root, scale.data(), value, b,
                 v);
  expect_untouched(b);
  sgd_update(stream(), sgd.data(), false, scale.data(), value, c, m);
  expect_untouched(c);
}

TEST_P(UpdateTest, PolyakEqualsTheProcessors) {
  for (const std::size_t size : kSizes) {
    for (const float tau : {0.0f, 0.005f, 0.5f, 1.0f}) {
      Values target = normal_values(size, 1);
      const Values online = normal_values(size, 2);
      OnDevice<float> t(target), o(online);
      kernels::polyak_update(target, online, tau);
      polyak_update(stream(), t, o, tau);
      stream().synchronize();
      expect_close(target, t.values());
    }
  }
}

TEST_P(UpdateTest, WrongArgumentsAreRefused) {
  OnDevice<float> a(3), b(4);
  OnDevice<double> scratch(1), norm(1);
  OnDevice<float> large(5000);
  EXPECT_THROW(global_norm(stream(), large, scratch, norm.data()), std::invalid_argument);
  EXPECT_THROW(adam_update(stream(), nullptr, nullptr, a, b, a, a), std::invalid_argument);
  EXPECT_THROW(adam_update(stream(), nullptr, nullptr, a, a, b, a), std::invalid_argument);
  EXPECT_THROW(adam_update(stream(), nullptr, nullptr, a, a, a, b), std::invalid_argument);
  EXPECT_THROW(rmsprop_update(stream(), nullptr, {}, nullptr, a, a, b), std::invalid_argument);
  EXPECT_THROW(sgd_update(stream(), nullptr, false, nullptr, a, a, b), std::invalid_argument);
  EXPECT_THROW(polyak_update(stream(), a, b, 0.5f), std::invalid_argument);
  EXPECT_THROW(polyak_update(stream(), a, a, 1.5f), std::invalid_argument);
  EXPECT_THROW(adam_numbers({.t = 0}), std::invalid_argument);
  EXPECT_THROW(adam_numbers({.weight_decay = -1.0f}), std::invalid_argument);
  EXPECT_THROW(rmsprop_numbers({.epsilon = 0.0f}), std::invalid_argument);
  EXPECT_THROW(rmsprop_numbers({.decay = 1.0f}), std::invalid_argument);
  EXPECT_THROW(sgd_numbers({.momentum = 1.0f}), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
