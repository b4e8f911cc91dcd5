#include "pavlov/kernels/cuda/policy_loss.h"

#include "pavlov/kernels/policy_loss.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class PolicyLossTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(PolicyLossTest);

TEST_P(PolicyLossTest, EqualTheProcessors) {
  for (const std::size_t size : {1, 33, 256, 700}) {
    for (const float clip : {0.2f, INFINITY}) {
      std::vector<float> next = normal_values(size, 1), old = next;
      const std::vector<float> change = normal_values(size, 2, 0.3f);
      for (std::size_t i = 0; i < size; ++i) old[i] += change[i];
      std::vector<float> target = normal_values(size, 3), gradient(size);
      for (const bool special : {false, true}) {
        if (special) {
          if (size < 700) continue;
          next[5] = NAN;
          old[6] = NAN;
          target[7] = NAN;
          next[8] = 100.0f;
          old[8] = -100.0f;
          next[9] = -100.0f;
          old[9] = 100.0f;
        }
        OnDevice<float> n(next), o(old), t(target), g(size), result(3), loss(1);
        const PolicyLoss policy = kernels::ppo_policy_loss(next, old, target, clip, gradient);
        ppo_policy_loss(stream(), n, o, t, clip, g, result);
        expect_close(gradient, g.values(), "policy gradient");
        expect_close({{policy.loss, policy.approx_kl, policy.clip_fraction}}, result.values(),
                     "policy loss");
        const float value = kernels::clipped_value_loss(next, old, target, clip, gradient);
        clipped_value_loss(stream(), n, o, t, clip, g, loss.data());
        expect_close(gradient, g.values(), "value gradient");
        expect_close({{value}}, loss.values(), "value loss");
      }
    }
  }
}

// Near a ratio of 1 the divergence keeps its digits.
TEST_P(PolicyLossTest, SmallDivergences) {
  const std::vector<float> next(40, -1.0f), old(40, -1.001f), advantage(40, 1.0f);
  OnDevice<float> n(next), o(old), a(advantage), g(40), result(3);
  ppo_policy_loss(stream(), n, o, a, 0.2f, g, result);
  const double x = static_cast<double>(next[0] - old[0]);
  const double exact = std::expm1(x) - x;
  EXPECT_NEAR(static_cast<double>(result.values()[1]), exact, 1e-5 * exact);
}

TEST_P(PolicyLossTest, WrongArgumentsAreRefused) {
  OnDevice<float> a(3), b(4), loss(1);
  EXPECT_THROW(ppo_policy_loss(stream(), a, b, a, 0.2f, a, a), std::invalid_argument);
  EXPECT_THROW(ppo_policy_loss(stream(), a, a, a, 0.2f, a, b), std::invalid_argument);
  EXPECT_THROW(ppo_policy_loss(stream(), a, a, a, 0.0f, a, a), std::invalid_argument);
  EXPECT_THROW(clipped_value_loss(stream(), a, a, b, 0.2f, a, loss.data()), std::invalid_argument);
  EXPECT_THROW(clipped_value_loss(stream(), {}, {}, {}, 0.2f, {}, loss.data()),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
