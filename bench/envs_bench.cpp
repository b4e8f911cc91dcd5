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
#include <cmath>
#include <memory>
#include <span>
#include <string>

#include "pavlov/bench/acrobot_scalar.h"
#include "pavlov/bench/batch.h"
#include "pavlov/bench/cartpole_scalar.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/lunar_lander_bench.h"
#include "pavlov/bench/mountain_car_scalar.h"
#include "pavlov/bench/pendulum_scalar.h"
#include "pavlov/bench/wrappers_bench.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {
namespace {

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
  const auto make = [=] {
    const std::string before(kernels::simd_target());
    kernels::force_simd_target(target);
    auto contest = std::make_unique<Contest<Game>>(id, n, options);
    const bool single = !options.empty() && options[0].value == "float32";
    verify(name, n, *contest, options.empty() && library_is_fused(), single ? 1e-4 : 1e-6);
    kernels::force_simd_target(before);
    return contest;
  };
  add_contest(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "scalar libm loop"},
      make, [](Contest<Game>& c) { c.batch.step(); }, [](Contest<Game>& c) { c.step_scalar(); });
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

// Two threads against one.
template <class Action>
struct ThreadContest {
  Batch<Action> two, one;

  ThreadContest(const std::string& name, const std::string& id, std::size_t n)
      : two(make_batch(id, n, {}, 2)), one(make_batch(id, n, {}, 1)) {
    for (int t = 0; t < 300; ++t) {
      const envs::StepView a = two.step(), b = one.step();
      const std::size_t size = n * a.observation.cols;
      if (!same_bytes(a.reward, b.reward) ||
          !same_bytes<float>({a.observation.data, size}, {b.observation.data, size})) {
        fail(name, n, t);
      }
    }
  }
};

template <class Action>
void add_two_threads(const std::string& environment, const std::string& id, std::size_t n) {
  const std::string name = environment + "_two_threads";
  add_contest(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "the same on one thread",
       .by_the_clock = true},
      [=] { return std::make_unique<ThreadContest<Action>>(name, id, n); },
      [](ThreadContest<Action>& c) { c.two.step(); },
      [](ThreadContest<Action>& c) { c.one.step(); });
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
  add_two_threads<float>("lunar_lander_continuous", "LunarLanderContinuous-v3", 64);
  add_lunar_lander();
  add_wrappers();
  return run_pairs(argc, argv);
}
