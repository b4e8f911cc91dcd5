// Random actions are drawn beforehand; heuristic ones come from the observation, on both sides at
// the same cost, a few nanoseconds a step. Both sides play 300 steps before they are timed, so that
// flight, landing and resets come as often as in a long run. In these steps the batch must give the
// bits of our own engine in the same plain loop.
#include "pavlov/bench/lunar_lander_bench.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/bench/lunar_lander_scalar.h"
#include "pavlov/bench/pair.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/envs/lunar_lander/box2d_engine.h"
#include "pavlov/envs/lunar_lander/heuristic.h"

namespace pavlov::bench {
namespace {

namespace lander = envs::lunar_lander;

constexpr std::uint64_t kSeed = 5;
constexpr std::size_t kActionSets = 64;  // a power of two
constexpr int kWarmUp = 300;

enum class Policy { random, heuristic, continuous_heuristic };

// The two sides of a row, and the twin that says whether the first is right.
struct Contest {
  Contest(Policy given, std::size_t num_envs)
      : policy(given),
        n(num_envs),
        batch(envs::make(
            given == Policy::continuous_heuristic ? "LunarLanderContinuous-v3" : "LunarLander-v3",
            {.num_envs = num_envs, .autoreset_mode = envs::AutoresetMode::same_step})),
        twin(lander::make_exact_engine(gravity()), num_envs),
        box2d(lander::make_box2d_engine(gravity()), num_envs),
        random_actions(kActionSets),
        discrete(num_envs),
        continuous(2 * num_envs) {
    kernels::RandomStream random(1, "actions");
    for (std::vector<std::int32_t>& set : random_actions) {
      for (std::size_t i = 0; i < n; ++i) set.push_back(static_cast<std::int32_t>(random.below(4)));
    }
    seen = batch->reset(kSeed);
    twin.reset(kSeed);
    box2d.reset(kSeed);
  }

  std::vector<float> gravity() const { return std::vector<float>(n, -10.0f); }

  envs::StepView step_batch() {
    const envs::StepView step = batch->step(batch_actions());
    seen = step.observation;
    return step;
  }
  envs::ActionView batch_actions() {
    if (policy == Policy::random) return random_actions[batch_step++ % kActionSets];
    if (policy == Policy::heuristic) {
      for (std::size_t i = 0; i < n; ++i) discrete[i] = lander::heuristic_discrete(seen.row(i));
      return discrete;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::array<float, 2> action = lander::heuristic_continuous(seen.row(i));
      continuous[2 * i] = action[0];
      continuous[2 * i + 1] = action[1];
    }
    return envs::ConstMatrixView(continuous.data(), n, 2);
  }

  void step_loop(LunarLanderScalar& loop, std::size_t& step) {
    const std::vector<std::int32_t>& set = random_actions[step++ % kActionSets];
    switch (policy) {
      case Policy::random:
        loop.step([&](std::size_t i) { return lander::discrete_throttle(set[i]); });
        break;
      case Policy::heuristic:
        loop.step([&](std::size_t i) {
          return lander::discrete_throttle(lander::heuristic_discrete(loop.observation(i)));
        });
        break;
      case Policy::continuous_heuristic:
        loop.step([&](std::size_t i) {
          const std::array<float, 2> action = lander::heuristic_continuous(loop.observation(i));
          return lander::continuous_throttle(action[0], action[1]);
        });
    }
  }
  void step_twin() { step_loop(twin, twin_step); }
  void step_box2d() { step_loop(box2d, box2d_step); }

  Policy policy;
  std::size_t n;
  std::unique_ptr<envs::VecEnv> batch;
  LunarLanderScalar twin, box2d;
  std::vector<std::vector<std::int32_t>> random_actions;
  std::vector<std::int32_t> discrete;
  std::vector<float> continuous;
  envs::ConstMatrixView seen;  // the batch's last observation
  std::size_t batch_step = 0, twin_step = 0, box2d_step = 0;
};

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void warm_up(const std::string& name, Contest& contest) {
  for (int t = 0; t < kWarmUp; ++t) {
    const envs::StepView step = contest.step_batch();
    contest.step_twin();
    contest.step_box2d();
    const std::span<const float> observation(step.observation.data, 8 * contest.n);
    if (same_bytes(step.reward, contest.twin.reward()) &&
        same_bytes(step.terminated, contest.twin.terminated()) &&
        same_bytes(step.truncated, contest.twin.truncated()) &&
        same_bytes(observation, contest.twin.observation())) {
      continue;
    }
    std::fprintf(stderr, "%s, N = %zu: differs from the plain loop in step %d\n", name.c_str(),
                 contest.n, t);
    std::exit(1);
  }
}

void add(const std::string& name, Policy policy, std::size_t n) {
  // Made when first timed: a filtered run does not wait for the others.
  const auto contest = std::make_shared<std::unique_ptr<Contest>>();
  const auto get = [contest, name, policy, n]() -> Contest& {
    if (*contest == nullptr) {
      *contest = std::make_unique<Contest>(policy, n);
      warm_up(name, **contest);
    }
    return **contest;
  };
  add_pair(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "Box2D 2.4 loop"},
      [get](benchmark::State& state) {
        Contest& c = get();
        for (auto _ : state) benchmark::DoNotOptimize(c.step_batch());
      },
      [get](benchmark::State& state) {
        Contest& c = get();
        for (auto _ : state) {
          c.step_box2d();
          benchmark::ClobberMemory();
        }
      });
}

}  // namespace

void add_lunar_lander() {
  if (!lander::has_box2d()) {
    std::fprintf(stderr, "no rows of LunarLander: this build has no Box2D\n");
    return;
  }
  for (const std::size_t n : {1, 64, 1024}) {
    add("lunar_lander_random", Policy::random, n);
    add("lunar_lander_heuristic", Policy::heuristic, n);
  }
  add("lunar_lander_continuous", Policy::continuous_heuristic, 64);
}

}  // namespace pavlov::bench
