// The choice where there is no device; tests/cuda/ppo_test.cpp has the rest.
#include "pavlov/agents/on_policy_device.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace pavlov::agents {
namespace {

template <class Config>
OnPolicyOnDevice make(DeviceChoice choice, const Config& config = {}) {
  return make_on_policy(config, 4, envs::Discrete{2}, 8, 1, choice);
}

template <class Config>
void expect_choice_without_a_device(const std::string& name) {
  const OnPolicyOnDevice asked = make<Config>(DeviceChoice::cpu);
  EXPECT_EQ(asked.device, kernels::Device::cpu);
  EXPECT_EQ(asked.reason, "as asked for");
  ASSERT_NE(asked.agent, nullptr);
  EXPECT_EQ(asked.agent->network().inputs(), 4u);
  std::string description;
  if (kernels::cuda::available(description)) return;
  EXPECT_EQ(make<Config>(DeviceChoice::automatic).reason, "no CUDA device: " + description);
  try {
    make<Config>(DeviceChoice::cuda);
    FAIL() << "made without a device";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "[" + name + "] device cuda: " + description + "; cpu runs everywhere");
  }
}

TEST(OnPolicyDevice, WithoutADeviceTheProcessorIsTakenAndTheReasonGiven) {
  expect_choice_without_a_device<PpoConfig>("ppo");
  expect_choice_without_a_device<A2cConfig>("a2c");
}

TEST(OnPolicyDevice, WholeEpisodesStayOnTheProcessor) {
  EXPECT_EQ(make<ReinforceConfig>(DeviceChoice::cpu).reason, "as asked for");
  const std::string rule = make<ReinforceConfig>(DeviceChoice::automatic).reason;
  EXPECT_EQ(rule.rfind("device cuda: rounds of whole episodes", 0), 0u) << rule;
  EXPECT_THROW(make<ReinforceConfig>(DeviceChoice::cuda), std::invalid_argument);
}

TEST(OnPolicyDevice, WrongConfigsAreRefusedAsEver) {
  PpoConfig config;
  config.gamma = 2.0;
  EXPECT_THROW(make(DeviceChoice::cpu, config), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
