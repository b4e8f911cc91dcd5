// The choice where there is no device; tests/cuda/dqn_test.cpp has the rest.
#include "pavlov/agents/dqn_device.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace pavlov::agents {
namespace {

DqnOnDevice make(DeviceChoice choice) { return make_dqn({}, 4, 2, 1, choice, {}, 1); }

TEST(DqnDevice, TheProcessorIsTakenAsAskedFor) {
  const DqnOnDevice made = make(DeviceChoice::cpu);
  EXPECT_EQ(made.device, kernels::Device::cpu);
  EXPECT_EQ(made.reason, "as asked for");
  ASSERT_NE(made.agent, nullptr);
  EXPECT_EQ(made.agent->network().inputs(), 4u);
}

TEST(DqnDevice, WithoutADeviceTheProcessorIsTakenAndTheReasonGiven) {
  std::string description;
  if (kernels::cuda::available(description)) GTEST_SKIP() << "there is one: " << description;
  const DqnOnDevice made = make(DeviceChoice::automatic);
  EXPECT_EQ(made.device, kernels::Device::cpu);
  EXPECT_EQ(made.reason, "no CUDA device: " + description);
  try {
    make(DeviceChoice::cuda);
    FAIL() << "made without a device";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "[dqn] device cuda: " + description + "; cpu runs everywhere");
  }
}

TEST(DqnDevice, TheDeviceKnowsNoOtherBackend) {
  DqnConfig config;
  config.backend = nets::Backend::torch;
  try {
    make_dqn(config, 4, 2, 1, DeviceChoice::cuda, {}, 1);
    FAIL() << "made with another backend";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()), "[dqn] backend torch: must be native on a CUDA device");
  }
}

TEST(DqnDevice, WrongConfigsAreRefusedAsEver) {
  DqnConfig config;
  config.gamma = 2.0;
  EXPECT_THROW(make_dqn(config, 4, 2, 1, DeviceChoice::cpu, {}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
