// Returns and advantages against sums over episodes in double, on every SIMD target.
#include "pavlov/kernels/returns.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class ReturnsTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(ReturnsTest);

constexpr float kSentinel = -777.0f;

double as_double(float value) { return static_cast<double>(value); }

// A rollout at odd addresses, with gaps between the rows. What must not be read holds NaN.
struct Data {
  std::size_t steps, n;
  std::vector<float> reward, value, final_value, next_value, advantage, returns;
  std::vector<std::uint8_t> terminated, truncated;

  Data(std::size_t t, std::size_t environments)
      : steps(t),
        n(environments),
        reward(values_with_outliers(size(1), 1)),
        value(values_with_outliers(size(2), 2)),
        final_value(values_with_outliers(size(3), 3)),
        next_value(values_with_outliers(n, 4)),
        advantage(size(4), kSentinel),
        returns(size(5), kSentinel),
        terminated(size(6), 0),
        truncated(size(7), 0) {
    RandomStream random(5, "ends");
    for (std::size_t row = 0; row < steps; ++row) {
      for (std::size_t e = 0; e < n; ++e) {
        const std::uint32_t kind = random.below(10);
        // any nonzero byte is a flag
        flag(terminated, 6, row, e) = kind == 0 || kind == 1 ? 1 : 0;
        flag(truncated, 7, row, e) = kind == 1 || kind == 2 ? (kind == 2 ? 255 : 1) : 0;
        if (kind != 2) final_value[1 + row * (n + 3) + e] = kNan;
        if (kind <= 2 && row + 1 == steps) next_value[e] = kNan;
      }
    }
  }
  std::size_t size(std::size_t gap) const { return steps * (n + gap) + 1; }
  std::uint8_t& flag(std::vector<std::uint8_t>& flags, std::size_t gap, std::size_t t,
                     std::size_t e) const {
    return flags[1 + t * (n + gap) + e];
  }
  Rollout rollout() const {
    return {{reward.data() + 1, steps, n, n + 1},
            {terminated.data() + 1, steps, n, n + 6},
            {truncated.data() + 1, steps, n, n + 7},
            {final_value.data() + 1, steps, n, n + 3},
            next_value};
  }
  ConstMatrixView value_view() const { return {value.data() + 1, steps, n, n + 2}; }
  MatrixView advantage_view() { return {advantage.data() + 1, steps, n, n + 4}; }
  MatrixView returns_view() { return {returns.data() + 1, steps, n, n + 5}; }
  void expect_gaps_untouched() const {
    EXPECT_EQ(advantage[0], kSentinel);
    EXPECT_EQ(returns[0], kSentinel);
    for (std::size_t t = 0; t < steps; ++t) {
      EXPECT_EQ(advantage[1 + t * (n + 4) + n], kSentinel);
      EXPECT_EQ(returns[1 + t * (n + 5) + n], kSentinel);
    }
  }
};

// Number of steps from t to the end of its episode or of the rollout, and what comes after them.
struct Rest {
  std::size_t steps = 0;
  double after = 0.0;  // not discounted
};
Rest rest_of_episode(const Rollout& r, std::size_t t, std::size_t e) {
  std::size_t last = t;
  while (last + 1 < r.reward.rows && r.terminated(last, e) == 0 && r.truncated(last, e) == 0)
    ++last;
  double after = as_double(r.next_value[e]);
  if (r.truncated(last, e) != 0) after = as_double(r.final_value(last, e));
  if (r.terminated(last, e) != 0) after = 0.0;
  return {last - t + 1, after};
}

TEST_P(ReturnsTest, DiscountedReturnsAreSumsOverTheEpisode) {
  for (const std::size_t n : kLengths) {
    for (const std::size_t steps : {0, 1, 5, 33}) {
      for (const double discount : {0.0, 0.99, 1.0}) {
        Data data(steps, n);
        discounted_returns(data.rollout(), discount, data.returns_view());
        const Rollout r = data.rollout();
        for (std::size_t t = 0; t < steps; ++t) {
          for (std::size_t e = 0; e < n; ++e) {
            const Rest rest = rest_of_episode(r, t, e);
            double sum = 0.0, magnitude = 0.0, factor = 1.0;
            for (std::size_t k = 0; k < rest.steps; ++k, factor *= discount) {
              sum += factor * as_double(r.reward(t + k, e));
              magnitude += factor * std::fabs(as_double(r.reward(t + k, e)));
            }
            sum += factor * rest.after;
            magnitude += factor * std::fabs(rest.after);
            ASSERT_NEAR(as_double(data.returns_view()(t, e)), sum,
                        kEpsilon * std::fabs(sum) + 1e-14 * magnitude)
                << n << " environments, step " << t << " of " << steps;
          }
        }
        data.expect_gaps_untouched();
      }
    }
  }
}

// delta of one step, from the definition
double delta(const Data& data, const Rollout& r, double discount, std::size_t t, std::size_t e) {
  double next =
      t + 1 < r.reward.rows ? as_double(data.value_view()(t + 1, e)) : as_double(r.next_value[e]);
  if (r.truncated(t, e) != 0) next = as_double(r.final_value(t, e));
  if (r.terminated(t, e) != 0) next = 0.0;
  return as_double(r.reward(t, e)) + discount * next - as_double(data.value_view()(t, e));
}

TEST_P(ReturnsTest, AdvantagesAreSumsOfDeltas) {
  for (const std::size_t n : kLengths) {
    for (const std::size_t steps : {0, 1, 5, 33}) {
      for (const double lambda : {0.0, 0.95, 1.0}) {
        constexpr double kDiscount = 0.98;
        Data data(steps, n);
        generalized_advantages(data.rollout(), data.value_view(), kDiscount, lambda,
                               data.advantage_view(), data.returns_view());
        const Rollout r = data.rollout();
        for (std::size_t t = 0; t < steps; ++t) {
          for (std::size_t e = 0; e < n; ++e) {
            double sum = 0.0, magnitude = 0.0, factor = 1.0;
            for (std::size_t k = 0; k < rest_of_episode(r, t, e).steps; ++k) {
              sum += factor * delta(data, r, kDiscount, t + k, e);
              magnitude += factor * 300.0;
              factor *= kDiscount * lambda;
            }
            ASSERT_NEAR(as_double(data.advantage_view()(t, e)), sum,
                        kEpsilon * std::fabs(sum) + 1e-14 * magnitude);
            const double returns = sum + as_double(data.value_view()(t, e));
            ASSERT_NEAR(as_double(data.returns_view()(t, e)), returns,
                        kEpsilon * std::fabs(returns) + 1e-14 * magnitude);
          }
        }
        data.expect_gaps_untouched();
      }
    }
  }
}

// At lambda 1 the values within an episode cancel: the returns are the discounted ones.
TEST_P(ReturnsTest, LambdaOneGivesDiscountedReturns) {
  Data data(40, 19), plain(40, 19);
  generalized_advantages(data.rollout(), data.value_view(), 0.99, 1.0, data.advantage_view(),
                         data.returns_view());
  discounted_returns(plain.rollout(), 0.99, plain.returns_view());
  for (std::size_t t = 0; t < 40; ++t) {
    for (std::size_t e = 0; e < 19; ++e) {
      const double expected = as_double(plain.returns_view()(t, e));
      ASSERT_NEAR(as_double(data.returns_view()(t, e)), expected,
                  2.0 * kEpsilon * std::fabs(expected) + 1e-11);
    }
  }
}

// Four steps of one environment, cut off after the second and ended after the third; discount and
// lambda 1/2.
TEST_P(ReturnsTest, HandValues) {
  const std::vector<float> reward = {1, 2, 3, 4}, value = {8, 4, 2, 16}, next_value = {32};
  const std::vector<float> final_value = {kNan, 20, kNan, kNan};
  const std::vector<std::uint8_t> truncated = {0, 1, 0, 0}, terminated = {0, 0, 1, 0};
  const Rollout rollout{{reward.data(), 4, 1},
                        {terminated.data(), 4, 1},
                        {truncated.data(), 4, 1},
                        {final_value.data(), 4, 1},
                        next_value};
  std::vector<float> advantage(4), returns(4);
  generalized_advantages(rollout, {value.data(), 4, 1}, 0.5, 0.5, {advantage.data(), 4, 1},
                         {returns.data(), 4, 1});
  // deltas 1 + 4/2 - 8, 2 + 20/2 - 4, 3 - 2, 4 + 32/2 - 16; the first one adds a quarter of the
  // second
  EXPECT_EQ(advantage, (std::vector<float>{-3, 8, 1, 4}));
  EXPECT_EQ(returns, (std::vector<float>{5, 12, 3, 20}));
  discounted_returns(rollout, 0.5, {returns.data(), 4, 1});
  EXPECT_EQ(returns, (std::vector<float>{7, 12, 3, 20}));
  generalized_advantages(rollout, {value.data(), 4, 1}, 0.5, 0.0, {advantage.data(), 4, 1}, {});
  EXPECT_EQ(advantage, (std::vector<float>{-5, 8, 1, 4}));
}

TEST_P(ReturnsTest, NothingPassesTheEndOfAnEpisode) {
  for (const float bad : {kNan, kInfinity}) {
    for (const bool terminal : {true, false}) {
      Data data(6, 17);
      std::fill(data.terminated.begin(), data.terminated.end(), std::uint8_t{0});
      std::fill(data.truncated.begin(), data.truncated.end(), std::uint8_t{0});
      std::fill(data.final_value.begin(), data.final_value.end(), 1.0f);
      std::fill(data.next_value.begin(), data.next_value.end(), 1.0f);
      for (std::size_t e = 0; e < 17; ++e) {
        data.flag(terminal ? data.terminated : data.truncated, terminal ? 6 : 7, 2, e) = 1;
        data.reward[1 + std::size_t{4} * 18 + e] = bad;
      }
      generalized_advantages(data.rollout(), data.value_view(), 0.99, 0.95, data.advantage_view(),
                             {});
      discounted_returns(data.rollout(), 0.99, data.returns_view());
      for (std::size_t t = 0; t < 6; ++t) {
        for (std::size_t e = 0; e < 17; ++e) {
          const bool hit = t == 3 || t == 4;
          EXPECT_EQ(!std::isfinite(data.advantage_view()(t, e)), hit) << t;
          EXPECT_EQ(!std::isfinite(data.returns_view()(t, e)), hit) << t;
        }
      }
    }
  }
}

TEST(ReturnsErrors, NameTheRule) {
  Data data(3, 2), other(2, 3);
  const auto fails = [&](const Rollout& rollout, double discount, double lambda,
                         std::string_view prefix) {
    const std::string message = argument_error([&] {
      generalized_advantages(rollout, data.value_view(), discount, lambda, data.advantage_view(),
                             data.returns_view());
    });
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  const Rollout good = data.rollout(), wrong = other.rollout();
  fails(good, 1.1, 0.5, "[returns] discount 1.1: must be in [0, 1]");
  fails(good, -0.1, 0.5, "[returns] discount");
  fails(good, 0.5, std::nan(""), "[returns] lambda nan");
  Rollout r = good;
  r.terminated = wrong.terminated;
  fails(r, 0.5, 0.5, "[returns] terminated (2,3): must have the shape of reward, (3,2)");
  r = good;
  r.truncated = wrong.truncated;
  fails(r, 0.5, 0.5, "[returns] truncated");
  r = good;
  r.final_value = {};
  fails(r, 0.5, 0.5, "[returns] final_value (0,0)");
  r = good;
  r.next_value = wrong.next_value;
  fails(r, 0.5, 0.5, "[returns] next_value has 3");
  const auto message = [&](ConstMatrixView value, MatrixView advantage, MatrixView returns) {
    return argument_error(
        [&] { generalized_advantages(good, value, 0.5, 0.5, advantage, returns); });
  };
  EXPECT_TRUE(starts_with(message(other.value_view(), data.advantage_view(), data.returns_view()),
                          "[returns] value"));
  EXPECT_TRUE(
      starts_with(message(data.value_view(), other.advantage_view(), {}), "[returns] advantage"));
  EXPECT_TRUE(starts_with(message(data.value_view(), data.advantage_view(), other.returns_view()),
                          "[returns] returns"));
  EXPECT_TRUE(starts_with(argument_error([&] { discounted_returns(good, 2.0, {}); }),
                          "[returns] discount 2"));
  EXPECT_TRUE(starts_with(argument_error([&] { discounted_returns(good, 0.5, {}); }),
                          "[returns] returns (0,0)"));
}

}  // namespace
}  // namespace pavlov::kernels
