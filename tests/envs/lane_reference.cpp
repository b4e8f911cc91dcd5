#include "pavlov/tests/envs/lane_reference.h"

#include <array>
#include <bit>
#include <cstdint>

#include "pavlov/tests/envs/library_math.h"
#include "pavlov/tests/envs/plain_numbers.h"

namespace pavlov::envs {
namespace {

// V is the number type, Math its policy.
template <class Game, class V, class Math, bool kVaried>
Expected<Game> reference_step(const typename Game::Env::State& before,
                              typename Game::Env::Action action,
                              const typename Game::Config& config, std::size_t i) {
  using Physics = typename Game::template Physics<Math, kVaried>;
  using State = typename Game::Env::State;
  const Physics physics{Game::rules(config)};
  const auto parameters = Game::parameters(config, i);
  std::vector<typename Math::T> columns(64 * parameters.size());
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    columns[64 * k] = static_cast<typename Math::T>(parameters[k]);
  }
  kernels::portable::Columns<V, Physics::kColumns> s = {};
  for (std::size_t k = 0; k < kNumbers<State>; ++k) s.column[k] = V(numbers_of(before)[k]);
  s = physics.template observe<V>(s).state;
  const auto next = physics.template step<V>(s, &action, columns.data());

  Expected<Game> result;
  std::array<double, kNumbers<State>> numbers;
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = number_of(next.state.column[k]);
  result.state = std::bit_cast<State>(numbers);
  for (const V& value : next.observation.column) {
    result.observation.push_back(static_cast<float>(number_of(value)));
  }
  result.reward = number_of(next.reward);
  result.terminated = next.terminated;
  return result;
}

}  // namespace

template <class Game, bool kVaried>
Expected<Game> Reference<Game, kVaried>::library(const State& before, Action action,
                                                 const Config& config, std::size_t i) {
  return reference_step<Game, double, LibraryMath, kVaried>(before, action, config, i);
}

template <class Game, bool kVaried>
Expected<Game> Reference<Game, kVaried>::exact(bool fused, const State& before, Action action,
                                               const Config& config, std::size_t i) {
  using portable::ExactMath;
  return fused ? reference_step<Game, double, ExactMath, kVaried>(before, action, config, i)
               : reference_step<Game, Unfused, ExactMath, kVaried>(before, action, config, i);
}

template <class Game, bool kVaried>
Expected<Game> Reference<Game, kVaried>::fast(const State& before, Action action,
                                              const Config& config, std::size_t i) {
  return reference_step<Game, double, portable::FastMath, kVaried>(before, action, config, i);
}

template <class Game, bool kVaried>
Expected<Game> Reference<Game, kVaried>::single(const State& before, Action action,
                                                const Config& config, std::size_t i) {
  return reference_step<Game, Single, portable::SingleMath, kVaried>(before, action, config, i);
}

void expect_same(const StepNumbers& got, const StepNumbers& expected) {
  for (std::size_t k = 0; k < expected.state.size(); ++k) {
    ASSERT_TRUE(same_bits(got.state[k], expected.state[k])) << "state " << k;
  }
  for (std::size_t k = 0; k < expected.observation.size(); ++k) {
    ASSERT_TRUE(same_bits(got.observation[k], expected.observation[k])) << "observation " << k;
  }
  ASSERT_TRUE(same_bits(got.reward, expected.reward));
  ASSERT_EQ(got.terminated, expected.terminated);
}

template struct Reference<CartPoleGame, false>;
template struct Reference<CartPoleGame, true>;
template struct Reference<AcrobotGame, false>;
template struct Reference<AcrobotGame, true>;
template struct Reference<MountainCarGame, false>;
template struct Reference<MountainCarGame, true>;
template struct Reference<MountainCarContinuousGame, false>;
template struct Reference<MountainCarContinuousGame, true>;
template struct Reference<PendulumGame, false>;
template struct Reference<PendulumGame, true>;

}  // namespace pavlov::envs
