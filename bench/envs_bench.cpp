// Batch environments against plain loops: one step of N environments on one thread, autoreset
// same_step, float32 observations, rewards and flags included.
//
// cartpole_step runs on the best SIMD target of this processor, cartpole_step_<target> on a lower
// one, cartpole_step_fast with math=fast. Before anything is timed, both sides play 600 steps and
// must give the same bits (where the target fuses multiply-add as the C library does; else and for
// math=fast the same episodes for eight steps, to float32 accuracy).
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/bench/cartpole_scalar.h"
#include "pavlov/bench/lunar_lander_bench.h"
#include "pavlov/bench/pair.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::bench {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::size_t kActionSets = 64;  // a power of two

// Both sides of a row, fed with the same actions over and over.
struct Contest {
  std::unique_ptr<envs::VecEnv> batch;
  CartPoleScalar scalar;
  std::vector<std::vector<std::int32_t>> actions;
  std::size_t batch_step = 0, scalar_step = 0;

  Contest(std::size_t n, const std::vector<envs::EnvOption>& options)
      : batch(envs::make("CartPole-v1",
                         {.num_envs = n, .autoreset_mode = envs::AutoresetMode::same_step},
                         options)),
        scalar(n, 500) {
    kernels::RandomStream random(1, "actions");
    actions.resize(kActionSets);
    for (std::vector<std::int32_t>& set : actions) {
      for (std::size_t i = 0; i < n; ++i) set.push_back(static_cast<std::int32_t>(random.below(2)));
    }
    batch->reset(kSeed);
    scalar.reset(kSeed);
  }
  envs::StepView step_batch() { return batch->step(actions[batch_step++ % kActionSets]); }
  void step_scalar() { scalar.step(actions[scalar_step++ % kActionSets]); }
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

void verify(const std::string& name, std::size_t n, Contest& contest, bool same_bits) {
  for (int t = 0; t < (same_bits ? 600 : 8); ++t) {
    const envs::StepView step = contest.step_batch();
    contest.step_scalar();
    const CartPoleScalar& s = contest.scalar;
    const std::span<const float> observation(step.observation.data, 4 * n);
    bool same = same_bytes(step.reward, s.reward()) &&
                same_bytes(step.terminated, s.terminated()) &&
                same_bytes(step.truncated, s.truncated());
    if (same_bits) {
      same = same && same_bytes(observation, s.observation());
    } else {
      for (std::size_t i = 0; i < 4 * n; ++i) {
        same = same && std::abs(observation[i] - s.observation()[i]) < 1e-6f;
      }
    }
    if (!same) fail(name, n, t);
  }
}

// Whether the C library computes with fused multiply-add: here its two forms differ.
bool library_is_fused() {
  volatile double x = 0x1.2fbcd2d69f374p-4;
  return std::cos(x) == 0x1.fe97c9be4855fp-1;
}

void add_cartpole(const std::string& name, std::string_view target, std::size_t n,
                  const std::vector<envs::EnvOption>& options = {}) {
  const std::string before(kernels::simd_target());
  kernels::force_simd_target(target);
  const auto contest = std::make_shared<Contest>(n, options);
  verify(name, n, *contest,
         options.empty() && kernels::simd_has_fma(kernels::simd_target()) && library_is_fused());
  kernels::force_simd_target(before);
  add_pair(
      {.suite = "envs",
       .name = name,
       .n = static_cast<std::int64_t>(n),
       .unit = "ns/step",
       .items = static_cast<double>(n),
       .baseline = "scalar libm loop"},
      [contest](benchmark::State& state) {
        for (auto _ : state) benchmark::DoNotOptimize(contest->step_batch());
      },
      [contest](benchmark::State& state) {
        for (auto _ : state) {
          contest->step_scalar();
          benchmark::ClobberMemory();
        }
      });
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov;
  const auto targets = kernels::simd_targets();
  const std::string forced(kernels::simd_target());  // by PAVLOV_SIMD, or the best
  for (const std::size_t n : {1, 64, 1024, 16384}) {
    bench::add_cartpole("cartpole_step", forced, n);
    for (const std::string_view target : targets) {
      if (target != forced) bench::add_cartpole("cartpole_step_" + std::string(target), target, n);
    }
    bench::add_cartpole("cartpole_step_fast", forced, n, {{"math", "fast"}});
  }
  bench::add_lunar_lander();
  return bench::run_pairs(argc, argv);
}
