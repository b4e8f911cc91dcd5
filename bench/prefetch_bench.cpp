// Training with and without prefetch: rounds of updates on a uniform replay whose observations are
// large, on two threads, by the clock. Both sides must end with the same network.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/bench/contest.h"
#include "pavlov/envs/env.h"

namespace pavlov::bench {
namespace {

using replay::ObservationType;

// Observations of `width` random bytes, episodes of 100 steps.
class Noise final : public envs::Env {
 public:
  explicit Noise(std::size_t width)
      : spec_{.id = "Noise",
              .observation_space = {std::vector<float>(width, 0.0f),
                                    std::vector<float>(width, 255.0f)},
              .action_space = envs::Discrete{2},
              .max_episode_steps = 100,
              .reward_threshold = {},
              .render_fps = 0} {}

  const envs::EnvSpec& spec() const override { return spec_; }
  void reset(kernels::Pcg64&) override {}
  envs::Transition step(const envs::Action&, kernels::Pcg64&) override {
    ++number_;
    return {.reward = static_cast<double>(number_ % 7)};
  }
  void observe(std::span<float> observation) const override {
    std::uint32_t x = 2654435761u * (number_ + 1);
    for (float& value : observation) {
      x = 1664525u * x + 1013904223u;
      value = static_cast<float>(x >> 24);
    }
  }

 private:
  envs::EnvSpec spec_;
  std::uint32_t number_ = 0;
};

struct Shape {
  std::size_t width, hidden, batch, capacity;
  ObservationType type;
};

// Goes on training where it stopped: replay stays full, the network goes on learning.
struct Side {
  static constexpr std::int64_t kSteps = 16, kUpdates = 64;
  agents::OffPolicyConfig config;
  std::unique_ptr<envs::VecEnv> env;
  agents::Dqn agent;
  replay::Replay replay;

  Side(const Shape& shape, bool prefetch)
      : config{.total_steps = static_cast<std::int64_t>(shape.capacity),
               .learning_starts = static_cast<std::int64_t>(shape.capacity) - 1,
               .train_freq = 1,
               .gradient_steps = 2,
               .batch_size = shape.batch,
               .replay = {.buffer_size = shape.capacity, .observation_type = shape.type},
               .prefetch = prefetch},
        env(envs::make_vec([width = shape.width] { return std::make_unique<Noise>(width); },
                           {.num_envs = 1, .autoreset_mode = envs::AutoresetMode::same_step})),
        agent({.hidden = {shape.hidden}, .learning_rate = 1e-6}, shape.width, 2, 1),
        replay(config.replay, shape.width) {
    train();
    config.total_steps = kSteps;
    config.learning_starts = 0;
    config.train_freq = kSteps;
    config.gradient_steps = kUpdates;
  }
  void train() { agents::train_off_policy(*env, agent, replay, config, 1); }
};

struct Contest {
  Side ours, plain;

  explicit Contest(const Shape& shape) : ours(shape, true), plain(shape, false) {
    ours.train();
    plain.train();
    if (!same_bytes<float>(std::as_const(ours.agent).network().parameters().values(),
                           plain.agent.network().parameters().values())) {
      fail("prefetch", shape.width, 1);
    }
  }
};

void add(const std::string& name, const Shape& shape) {
  add_contest(
      {.suite = "prefetch",
       .name = name + "_" + std::to_string(shape.width) + "-" + std::to_string(shape.hidden),
       .n = static_cast<std::int64_t>(shape.batch),
       .unit = "us/update",
       .items = Side::kUpdates,
       .baseline = "without prefetch",
       .by_the_clock = true},
      [shape] { return std::make_unique<Contest>(shape); }, [](Contest& c) { c.ours.train(); },
      [](Contest& c) { c.plain.train(); });
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  add("float32", {8, 64, 64, 1 << 18, ObservationType::float32});
  add("float32", {1024, 64, 64, 1 << 15, ObservationType::float32});
  add("uint8", {7056, 64, 32, 1 << 13, ObservationType::uint8});
  add("uint8", {28224, 64, 32, 1 << 12, ObservationType::uint8});
  return run_pairs(argc, argv);
}
