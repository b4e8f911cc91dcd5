// Batch environments against plain loops: one step of N environments on one thread, autoreset
// same_step, float32 observations, rewards and flags included.
//
// <env>_step runs on the best SIMD target of this processor, <env>_step_<target> on a lower one,
// <env>_step_fast with math=fast, <env>_step_float32 with precision=float32. The baseline computes
// as Gymnasium does, squares by pow; that of acrobot_step_fast_product squares by products.
// <env>_two_threads is the batch on two threads against itself on one, by the clock. Before
// anything is timed, both sides play 600 steps and must give the same bits (where the target fuses
// multiply-add as the C library does; else, and for math=fast and float32, the same episodes for
// eight steps, to float32 accuracy).
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/bench/acrobot_scalar.h"
#include "pavlov/bench/cartpole_scalar.h"
#include "pavlov/bench/lunar_lander_bench.h"
#include "pavlov/bench/mountain_car_scalar.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/pendulum_scalar.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::size_t kActionSets = 64;  // a power of two

using Options = std::vector<envs::EnvOption>;

std::unique_ptr<envs::VecEnv> make_batch(const std::string& id, std::size_t n,
                                         const Options& options, std::size_t threads = 1) {
  return envs::make(
      id, {.num_envs = n, .autoreset_mode = envs::AutoresetMode::same_step, .threads = threads},
      options);
}

// Random actions in the action space of `env`, the same for every call.
template <class Action>
std::vector<std::vector<Action>> random_actions(const envs::VecEnv& env) {
  kernels::RandomStream random(1, "actions");
  std::vector<std::vector<Action>> actions(kActionSets);
  for (std::vector<Action>& set : actions) {
    for (std::size_t i = 0; i < env.size(); ++i) {
      if constexpr (std::is_same_v<Action, float>) {
        const float most = std::get<envs::Box>(env.spec().action_space).high[0];
        set.push_back(most * (2 * random.uniform() - 1));
      } else {
        const auto n = std::get<envs::Discrete>(env.spec().action_space).n;
        set.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(n))));
      }
    }
  }
  return actions;
}

envs::ActionView view_of(const std::vector<float>& actions) {
  return envs::ConstMatrixView(actions.data(), actions.size(), 1);
}
envs::ActionView view_of(const std::vector<std::int32_t>& actions) { return actions; }

// A batch, fed with the same actions over and over.
template <class Action>
struct Batch {
  std::unique_ptr<envs::VecEnv> env;
  std::vector<std::vector<Action>> actions;
  std::size_t steps = 0;

  explicit Batch(std::unique_ptr<envs::VecEnv> made)
      : env(std::move(made)), actions(random_actions<Action>(*env)) {
    env->reset(kSeed);
  }
  envs::StepView step() { return env->step(view_of(actions[steps++ % kActionSets])); }
};

// Both sides of a row.
template <class Game>
struct Contest {
  Batch<typename Game::Action> batch;
  ScalarLoop<Game> scalar;
  std::size_t scalar_step = 0;

  Contest(const std::string& id, std::size_t n, const Options& options)
      : batch(make_batch(id, n, options)), scalar(n, batch.env->spec().max_episode_steps) {
    scalar.reset(kSeed);
  }
  void step_scalar() { scalar.step(batch.actions[scalar_step++ % kActionSets]); }
};

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void fail(const std::string& name, std::size_t n, int step) {
  std::fprintf(stderr, "%s, N = %zu: differs from the baseline in step %d\n", name.c_str(), n,
               step);
  std::exit(1);
}

template <class T>
bool close(std::span<const T> a, std::span<const T> b, T bound) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) < bound)) return false;
  }
  return a.size() == b.size();
}

template <class Game>
void verify(const std::string& name, std::size_t n, Contest<Game>& contest, bool same_bits,
            double bound) {
  for (int t = 0; t < (same_bits ? 600 : 8); ++t) {
    const envs::StepView step = contest.batch.step();
    contest.step_scalar();
    const ScalarLoop<Game>& s = contest.scalar;
    const std::span<const float> observation(step.observation.data, Game::kObservations * n);
    bool same =
        same_bytes(step.terminated, s.terminated()) && same_bytes(step.truncated, s.truncated());
    if (same_bits) {
      same =
          same && same_bytes(step.reward, s.reward()) && same_bytes(observation, s.observation());
    } else {
      same = same && close(step.reward, s.reward(), 20 * bound) &&
             close(observation, s.observation(), static_cast<float>(bound));
    }
    if (!same) fail(name, n, t);
  }
}

// Whether the C library computes with fused multiply-add: here its two forms differ.
bool library_is_fused() {
  volatile double x = 0x1.2fbcd2d69f374p-4;
  return std::cos(x) == 0x1.fe97c9be4855fp-1;
}

template <class Game>
void add(const std::string& name, const std::string& id, const std::string& target, std::size_t n,
         const Options& options = {}) {
  // Made when first timed: a filtered run does not wait for the others.
  const auto contest = std::make_shared<std::unique_ptr<Contest<Game>>>();
  const auto get = [=]() -> Contest<Game>& {
    if (*contest == nullptr) {
      const std::string before(kernels::simd_target());
      kernels::force_simd_target(target);
      *contest = std::make_unique<Contest<Game>>(id, n, options);
      const bool single = !options.empty() && options[0].value == "float32";
      verify(name, n, **contest, options.empty() && library_is_fused(), single ? 1e-4 : 1e-6);
      kernels::force_simd_target(before);
    }
    return **contest;
  };
  add_pair(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "scalar libm loop"},
      [get](benchmark::State& state) {
        Contest<Game>& c = get();
        for (auto _ : state) benchmark::DoNotOptimize(c.batch.step());
      },
      [get](benchmark::State& state) {
        Contest<Game>& c = get();
        for (auto _ : state) {
          c.step_scalar();
          benchmark::ClobberMemory();
        }
      });
}

// All rows of one environment and size.
template <class Game>
void add_rows(const std::string& name, const std::string& id, std::size_t n) {
  const std::string forced(kernels::simd_target());  // by PAVLOV_SIMD, or the best
  add<Game>(name + "_step", id, forced, n);
  for (const std::string_view target : kernels::simd_targets()) {
    // Without the instruction, multiply-add is emulated for the bits of this machine's library.
    if (target == "sse4" || target == "scalar") continue;
    const std::string name_of(target);
    if (target != forced) add<Game>(name + "_step_" + name_of, id, name_of, n);
  }
  add<Game>(name + "_step_fast", id, forced, n, {{"math", "fast"}});
  add<Game>(name + "_step_float32", id, forced, n, {{"precision", "float32"}});
}

// Two threads against one: the body measures itself by the clock.
template <class Action>
void add_two_threads(const std::string& name, const std::string& id, std::size_t n) {
  const auto body = [](const std::shared_ptr<Batch<Action>>& batch) {
    return [batch](benchmark::State& state) {
      for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        benchmark::DoNotOptimize(batch->step());
        state.SetIterationTime(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      }
    };
  };
  add_pair({.suite = "envs",
            .name = name + "_two_threads",
            .n = static_cast<std::int64_t>(n),
            .unit = "ns/step",
            .items = static_cast<double>(n),
            .baseline = "the same on one thread",
            .by_the_clock = true},
           body(std::make_shared<Batch<Action>>(make_batch(id, n, {}, 2))),
           body(std::make_shared<Batch<Action>>(make_batch(id, n, {}, 1))));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  for (const std::size_t n : {1, 64, 1024, 16384}) {
    add_rows<CartPoleGame>("cartpole", "CartPole-v1", n);
    add_rows<AcrobotGame<PowSquare>>("acrobot", "Acrobot-v1", n);
    add<AcrobotGame<ProductSquare>>("acrobot_step_fast_product", "Acrobot-v1",
                                    std::string(pavlov::kernels::simd_target()), n,
                                    {{"math", "fast"}});
    add_rows<MountainCarGame>("mountain_car", "MountainCar-v0", n);
    add_rows<MountainCarContinuousGame>("mountain_car_continuous", "MountainCarContinuous-v0", n);
    add_rows<PendulumGame>("pendulum", "Pendulum-v1", n);
  }
  add_two_threads<std::int32_t>("cartpole", "CartPole-v1", 4096);
  add_two_threads<std::int32_t>("acrobot", "Acrobot-v1", 4096);
  add_two_threads<std::int32_t>("mountain_car", "MountainCar-v0", 4096);
  add_two_threads<float>("mountain_car_continuous", "MountainCarContinuous-v0", 4096);
  add_two_threads<float>("pendulum", "Pendulum-v1", 4096);
  add_two_threads<std::int32_t>("lunar_lander", "LunarLander-v3", 64);
  add_lunar_lander();
  return run_pairs(argc, argv);
}
