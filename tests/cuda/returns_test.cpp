#include "pavlov/kernels/cuda/returns.h"

#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class ReturnsTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(ReturnsTest);

bool fuses() {
  const std::string_view target = simd_target();
  return target == "avx2" || target == "avx512";
}

TEST_P(ReturnsTest, EqualTheProcessors) {
  for (const std::size_t steps : {1, 2, 17}) {
    for (const std::size_t envs : {1, 31, 300}) {
      std::vector<float> reward = normal_values(steps * envs, 1);
      std::vector<float> final_value = normal_values(steps * envs, 2);
      std::vector<float> value = normal_values(steps * envs, 3);
      std::vector<float> next_value = normal_values(envs, 4);
      auto terminated = integers_below<std::uint8_t>(steps * envs, 4, 5);
      auto truncated = integers_below<std::uint8_t>(steps * envs, 4, 6);
      for (auto* flags : {&terminated, &truncated}) {
        for (std::uint8_t& flag : *flags) flag = flag == 0;
      }
      if (envs == 300) {
        reward[7] = NAN;
        reward[8] = INFINITY;
      }
      std::vector<float> advantage(steps * envs), returns(steps * envs);
      OnDevice<float> r(reward), f(final_value), v(value), n(next_value), a(steps * envs),
          g(steps * envs);
      OnDevice<std::uint8_t> te(terminated), tr(truncated);
      const Rollout host{matrix_of(reward, steps), matrix_of(terminated, steps),
                         matrix_of(truncated, steps), matrix_of(final_value, steps), next_value};
      const Rollout device{r.matrix(steps), te.matrix(steps), tr.matrix(steps), f.matrix(steps), n};
      kernels::discounted_returns(host, 0.97, matrix_of(returns, steps));
      discounted_returns(stream(), device, 0.97, g.matrix(steps));
      expect_close(returns, g.values(), "returns");
      if (fuses() && envs != 300) expect_same<float>(returns, g.values(), "returns, bits");
      kernels::generalized_advantages(host, matrix_of(value, steps), 0.97, 0.9,
                                      matrix_of(advantage, steps), matrix_of(returns, steps));
      generalized_advantages(stream(), device, v.matrix(steps), 0.97, 0.9, a.matrix(steps),
                             g.matrix(steps));
      expect_close(advantage, a.values(), "advantage");
      expect_close(returns, g.values(), "returns of advantages");
      if (fuses() && envs != 300) expect_same<float>(advantage, a.values(), "advantage, bits");
      generalized_advantages(stream(), device, v.matrix(steps), 0.97, 0.9, a.matrix(steps), {});
      expect_close(advantage, a.values(), "advantage alone");
    }
  }
}

TEST_P(ReturnsTest, WrongArgumentsAreRefused) {
  OnDevice<float> x(6), y(4), n(3);
  OnDevice<std::uint8_t> flags(6), other(4);
  const Rollout good{x.matrix(2), flags.matrix(2), flags.matrix(2), x.matrix(2), n};
  EXPECT_THROW(discounted_returns(stream(), good, 1.5, x.matrix(2)), std::invalid_argument);
  EXPECT_THROW(discounted_returns(stream(), good, 0.9, y.matrix(2)), std::invalid_argument);
  EXPECT_THROW(generalized_advantages(stream(), good, y.matrix(2), 0.9, 0.9, x.matrix(2), {}),
               std::invalid_argument);
  Rollout bad = good;
  bad.terminated = other.matrix(2);
  EXPECT_THROW(discounted_returns(stream(), bad, 0.9, x.matrix(2)), std::invalid_argument);
  bad = good;
  bad.next_value = y;
  EXPECT_THROW(discounted_returns(stream(), bad, 0.9, x.matrix(2)), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
