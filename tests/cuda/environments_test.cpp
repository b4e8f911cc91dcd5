// Environments on the device against those of the catalog, bit for bit.
#include <array>
#include <string>
#include <variant>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/cuda/batch.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::envs::cuda {
namespace {

using kernels::Tensor;
using kernels::cuda::DeviceTest;
using kernels::cuda::expect_same;
using kernels::cuda::OnDevice;

class EnvironmentsTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(EnvironmentsTest);

constexpr const char* kIds[] = {"CartPole-v1",    "CartPole-v0", "Acrobot-v1",
                                "MountainCar-v0", "Pendulum-v1", "MountainCarContinuous-v0"};
constexpr std::size_t kEnvs = 37;

// Buffers of K steps on the device.
struct DeviceSteps {
  Tensor observation, final_observation;
  OnDevice<float> reward;
  OnDevice<std::uint8_t> terminated, truncated;

  DeviceSteps(std::size_t rows, std::size_t columns)
      : observation({rows, columns}, kernels::Device::cuda),
        final_observation({rows, columns}, kernels::Device::cuda),
        reward(rows),
        terminated(rows),
        truncated(rows) {}
  Steps view() {
    return {observation.matrix(), reward.span(), terminated.span(), truncated.span(),
            final_observation.matrix()};
  }
};

std::vector<float> values(const Tensor& tensor) {
  const Tensor copy = tensor.clone(kernels::Device::cpu);
  return {copy.span().begin(), copy.span().end()};
}

// Both sides, with actions for `steps` steps.
class Contest {
 public:
  Contest(const std::string& id, std::int32_t limit, std::size_t steps)
      : host_(make(id, {.num_envs = kEnvs,
                        .autoreset_mode = AutoresetMode::same_step,
                        .max_episode_steps = limit})),
        device_(make_batch(id, kEnvs, limit)),
        columns_(host_->spec().observation_space.size()),
        steps_(steps) {
    const Space& actions = host_->spec().action_space;
    const std::size_t count = steps * kEnvs;
    kernels::Pcg64 random(7);
    if (const auto* discrete = std::get_if<Discrete>(&actions)) {
      discrete_.resize(count);
      for (auto& a : discrete_) a = static_cast<std::int32_t>(random.integers(0, discrete->n));
    } else {
      continuous_.resize(count);
      for (auto& a : continuous_) a = static_cast<float>(random.uniform(-3.0, 3.0));
    }
  }

  // All steps in calls of `per_call` steps; compares every one.
  void run(kernels::cuda::Stream& stream, std::size_t per_call) {
    std::vector<std::uint64_t> seeds(kEnvs);
    for (std::size_t i = 0; i < kEnvs; ++i) seeds[i] = 1000 + 3 * i;
    Tensor first({kEnvs, columns_}, kernels::Device::cuda);
    device_->reset(stream, seeds, first.matrix());
    const ConstMatrixView shown = host_->reset(seeds);
    stream.synchronize();
    expect_same<float>({shown.data, kEnvs * columns_}, values(first), "first observation");

    for (std::size_t begin = 0; begin < steps_; begin += per_call) {
      const std::size_t count = std::min(per_call, steps_ - begin);
      DeviceSteps out(count * kEnvs, columns_);
      step_device(stream, begin, count, out.view());
      stream.synchronize();
      compare(begin, count, out);
      if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(ends_, 0u) << "no episode ended";
  }

 private:
  void step_device(kernels::cuda::Stream& stream, std::size_t begin, std::size_t count,
                   const Steps& out) {
    if (!discrete_.empty()) {
      OnDevice<std::int32_t> actions(
          std::span<const std::int32_t>(discrete_).subspan(begin * kEnvs, count * kEnvs));
      device_->step(stream, std::span<const std::int32_t>(actions.span()), out);
      stream.synchronize();
    } else {
      OnDevice<float> actions(
          std::span<const float>(continuous_).subspan(begin * kEnvs, count * kEnvs));
      device_->step(stream, ConstMatrixView(actions.data(), count * kEnvs, 1), out);
      stream.synchronize();
    }
  }

  StepView step_host(std::size_t k) {
    if (!discrete_.empty()) {
      return host_->step(std::span<const std::int32_t>(discrete_).subspan(k * kEnvs, kEnvs));
    }
    return host_->step(ConstMatrixView(continuous_.data() + k * kEnvs, kEnvs, 1));
  }

  void compare(std::size_t begin, std::size_t count, const DeviceSteps& out) {
    const std::vector<float> observation = values(out.observation),
                             last = values(out.final_observation), reward = out.reward.values();
    const auto terminated = out.terminated.values(), truncated = out.truncated.values();
    for (std::size_t k = 0; k < count; ++k) {
      const StepView step = step_host(begin + k);
      for (std::size_t i = 0; i < kEnvs; ++i) {
        const std::size_t row = k * kEnvs + i;
        const std::string what =
            "step " + std::to_string(begin + k) + ", environment " + std::to_string(i);
        const auto mine = std::span<const float>(observation).subspan(row * columns_, columns_);
        expect_same<float>(step.observation.row(i), mine, what);
        ASSERT_EQ(static_cast<float>(step.reward[i]), reward[row]) << what;
        ASSERT_EQ(step.terminated[i], terminated[row]) << what;
        ASSERT_EQ(step.truncated[i], truncated[row]) << what;
        if (terminated[row] == 0 && truncated[row] == 0) continue;
        ++ends_;
        expect_same<float>(step.final_observation.row(i),
                           std::span<const float>(last).subspan(row * columns_, columns_), what);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }

  std::unique_ptr<VecEnv> host_;
  std::unique_ptr<Batch> device_;
  std::size_t columns_, steps_;
  std::vector<std::int32_t> discrete_;
  std::vector<float> continuous_;
  std::size_t ends_ = 0;
};

TEST_P(EnvironmentsTest, AThousandStepsEqualTheCatalogs) {
  if (!kernels::simd_has_fma(kernels::simd_target())) {
    GTEST_SKIP() << "not run: this processor does not fuse multiply-add";
  }
  for (const char* id : kIds) {
    SCOPED_TRACE(id);
    Contest(id, 0, 1000).run(stream(), 100);
    if (HasFatalFailure()) return;
  }
}

TEST_P(EnvironmentsTest, StepsPerCallMakeNoDifference) {
  if (!kernels::simd_has_fma(kernels::simd_target())) {
    GTEST_SKIP() << "not run: this processor does not fuse multiply-add";
  }
  for (const char* id : kIds) {
    SCOPED_TRACE(id);
    Contest(id, 30, 75).run(stream(), 1);  // and a time limit of its own
    Contest(id, 30, 75).run(stream(), 75);
    if (HasFatalFailure()) return;
  }
}

TEST_P(EnvironmentsTest, WrongArgumentsAreRefused) {
  EXPECT_THROW(make_batch("CartPole-v2", 4), std::invalid_argument);
  EXPECT_THROW(make_batch("CartPole-v1", 0), std::invalid_argument);
  EXPECT_THROW(make_batch("CartPole-v1", 4, -1), std::invalid_argument);
  const auto batch = make_batch("CartPole-v1", 4);
  EXPECT_EQ(batch->size(), 4u);
  EXPECT_EQ(batch->spec().id, "CartPole-v1");
  Tensor first({4, 4}, kernels::Device::cuda);
  DeviceSteps out(8, 4);
  OnDevice<std::int32_t> actions(8), odd(7);
  const std::vector<std::uint64_t> seeds = {1, 2, 3, 4}, few = {1};
  const auto step = [&](OnDevice<std::int32_t>& a) {
    batch->step(stream(), std::span<const std::int32_t>(a.span()), out.view());
  };
  EXPECT_THROW(step(actions), std::invalid_argument) << "before the first reset";
  EXPECT_THROW(batch->reset(stream(), few, first.matrix()), std::invalid_argument);
  batch->reset(stream(), seeds, first.matrix());
  step(actions);
  EXPECT_THROW(step(odd), std::invalid_argument);
  DeviceSteps small(4, 4);
  EXPECT_THROW(batch->step(stream(), std::span<const std::int32_t>(actions.span()), small.view()),
               std::invalid_argument);
  const auto pendulum = make_batch("Pendulum-v1", 4);
  Tensor three({4, 3}, kernels::Device::cuda);
  DeviceSteps pendulum_out(4, 3);
  OnDevice<float> torque(8);
  pendulum->reset(stream(), seeds, three.matrix());
  EXPECT_THROW(pendulum->step(stream(), ConstMatrixView(torque.data(), 4, 2), pendulum_out.view()),
               std::invalid_argument);
  pendulum->step(stream(), ConstMatrixView(torque.data(), 4, 1), pendulum_out.view());
  stream().synchronize();
}

// More environments than there is memory for: an error that names them, and the device goes on.
TEST_P(EnvironmentsTest, WithoutMemoryEnoughTheDeviceGoesOn) {
  try {
    make_batch("CartPole-v1", std::size_t{1} << 40);
    FAIL() << "made a million million environments";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[cuda] CartPole-v1 (1099511627776): ", 0), 0u)
        << error.what();
  }
  Tensor first({4, 4}, kernels::Device::cuda);
  const std::vector<std::uint64_t> seeds = {1, 2, 3, 4};
  make_batch("CartPole-v1", 4)->reset(stream(), seeds, first.matrix());
  stream().synchronize();
  EXPECT_NE(values(first)[0], 0.0f);
}

}  // namespace
}  // namespace pavlov::envs::cuda
