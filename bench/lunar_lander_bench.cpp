// Random actions are drawn beforehand; heuristic ones come from the observation, on both sides at
// the same cost, a few nanoseconds a step. Both sides play 300 steps before they are timed, so that
// flight, landing and resets come as often as in a long run. In these steps the batch must give the
// bits of our own engine in the same plain loop. Loops have at most 1024 landers, each of which
// costs the same in a longer one, and play them several times for one step of a larger batch.
#include "pavlov/bench/lunar_lander_bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/bench/batch.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/lunar_lander_scalar.h"
#include "pavlov/envs/lunar_lander/box2d_engine.h"
#include "pavlov/envs/lunar_lander/heuristic.h"

namespace pavlov::bench {
namespace {

namespace lander = envs::lunar_lander;

constexpr int kWarmUp = 300;
constexpr std::size_t kMostInLoop = 1024;

enum class Policy { random, heuristic, continuous_heuristic };

// A plain loop and how far it has come in the random actions.
struct Loop {
  LunarLanderScalar game;
  std::size_t steps = 0;
};

// The two sides of a row.
struct Contest {
  Contest(Policy given, std::size_t num_envs)
      : policy(given),
        n(num_envs),
        loop_size(std::min(num_envs, kMostInLoop)),
        batch(make_batch(
            given == Policy::continuous_heuristic ? "LunarLanderContinuous-v3" : "LunarLander-v3",
            num_envs)),
        box2d(loop_on(lander::make_box2d_engine(gravity()))),
        discrete(num_envs),
        continuous(2 * num_envs),
        seen(batch->reset(kSeed)) {
    if (policy == Policy::random) actions = random_actions<std::int32_t>(*batch);
  }

  std::vector<float> gravity() const { return std::vector<float>(loop_size, -10.0f); }
  Loop loop_on(std::unique_ptr<lander::Engine> engine) const {
    Loop loop{LunarLanderScalar(std::move(engine), loop_size)};
    loop.game.reset(kSeed);
    return loop;
  }

  envs::StepView step_batch() {
    const envs::StepView step = batch->step(batch_actions());
    seen = step.observation;
    return step;
  }
  envs::ActionView batch_actions() {
    if (policy == Policy::random) return actions[batch_steps++ % kActionSets];
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

  void step_loop(Loop& loop) const {
    LunarLanderScalar& game = loop.game;
    const std::size_t set = loop.steps++ % kActionSets;
    switch (policy) {
      case Policy::random:
        game.step([&](std::size_t i) { return lander::discrete_throttle(actions[set][i]); });
        break;
      case Policy::heuristic:
        game.step([&](std::size_t i) {
          return lander::discrete_throttle(lander::heuristic_discrete(game.observation(i)));
        });
        break;
      case Policy::continuous_heuristic:
        game.step([&](std::size_t i) {
          const std::array<float, 2> action = lander::heuristic_continuous(game.observation(i));
          return lander::continuous_throttle(action[0], action[1]);
        });
    }
  }

  Policy policy;
  std::size_t n;
  std::size_t loop_size;
  std::unique_ptr<envs::VecEnv> batch;
  Loop box2d;
  std::vector<std::vector<std::int32_t>> actions;  // of the random policy
  std::vector<std::int32_t> discrete;
  std::vector<float> continuous;
  envs::ConstMatrixView seen;  // the batch's last observation
  std::size_t batch_steps = 0;
};

// In all rows that the loops have, the twin's bits.
bool agrees(const envs::StepView& step, const LunarLanderScalar& twin) {
  const std::size_t m = twin.reward().size();
  const std::span<const float> observation(step.observation.data, 8 * m);
  return same_bytes(step.reward.first(m), twin.reward()) &&
         same_bytes(step.terminated.first(m), twin.terminated()) &&
         same_bytes(step.truncated.first(m), twin.truncated()) &&
         same_bytes(observation, twin.observation());
}

void add(const std::string& name, Policy policy, std::size_t n) {
  const auto make = [=] {
    auto contest = std::make_unique<Contest>(policy, n);
    Loop twin = contest->loop_on(lander::make_exact_engine(contest->gravity()));
    for (int t = 0; t < kWarmUp; ++t) {
      const envs::StepView step = contest->step_batch();
      contest->step_loop(twin);
      contest->step_loop(contest->box2d);
      if (!agrees(step, twin.game)) fail(name, n, t);
    }
    return contest;
  };
  add_contest(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "Box2D 2.4 loop"},
      make, [](Contest& c) { c.step_batch(); },
      [](Contest& c) {
        for (std::size_t done = 0; done < c.n; done += c.loop_size) c.step_loop(c.box2d);
      });
}

}  // namespace

void add_lunar_lander() {
  if (!lander::has_box2d()) {
    std::fprintf(stderr, "no rows of LunarLander: this build has no Box2D\n");
    return;
  }
  for (const std::size_t n : {1, 64, 1024, 16384}) {
    add("lunar_lander_random", Policy::random, n);
    add("lunar_lander_heuristic", Policy::heuristic, n);
    add("lunar_lander_continuous", Policy::continuous_heuristic, n);
  }
}

}  // namespace pavlov::bench
