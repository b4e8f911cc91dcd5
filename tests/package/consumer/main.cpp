// Embeds an agent: saves a policy, loads it, and lets it play an episode of CartPole.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

#include "pavlov/agents/policy.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/nets/mlp.h"

int main() {
  const auto env = pavlov::envs::make("CartPole-v1");
  pavlov::kernels::RandomStream random(1, "weights");
  auto network = std::make_unique<pavlov::nets::Mlp>(
      pavlov::nets::MlpConfig{.inputs = 4, .hidden = {64}, .outputs = 2});
  network->initialize(pavlov::nets::Init::orthogonal, random);
  pavlov::agents::Policy(std::move(network), {.env_id = "CartPole-v1"}).save("policy.safetensors");

  auto policy = pavlov::agents::Policy::load("policy.safetensors");
  auto observation = env->reset(std::uint64_t{1});
  std::int32_t action = 0;
  for (int steps = 1;; ++steps) {
    policy.act(observation, {&action, 1});
    const auto step = env->step(std::span<const std::int32_t>(&action, 1));
    if (step.terminated[0] != 0 || step.truncated[0] != 0) {
      std::printf("%s: %d steps\n", policy.origin().env_id.c_str(), steps);
      return 0;
    }
    observation = step.observation;
  }
}
