// One step of the environments with columns of state in its readable form: plain C++, one number
// after the other. Compiled once, for every Game of lane_games.h (lane_reference.cpp).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pavlov/tests/envs/lane_games.h"

namespace pavlov::envs {

// What a step gave, or must give.
template <class Game>
struct Expected {
  typename Game::Env::State state;
  std::vector<float> observation;
  double reward;
  bool terminated;
};

// The same, of whatever game.
struct StepNumbers {
  std::span<const double> state;
  std::span<const float> observation;
  double reward;
  bool terminated;
};
// Bit for bit.
void expect_same(const StepNumbers& got, const StepNumbers& expected);
template <class Game>
void expect_same(const Expected<Game>& got, const Expected<Game>& expected) {
  const auto a = numbers_of(got.state), b = numbers_of(expected.state);
  expect_same({a, got.observation, got.reward, got.terminated},
              {b, expected.observation, expected.reward, expected.terminated});
}

// A step of environment i of a batch with `config`. kVaried: with the physics of `config`, read
// from memory; else with the constants of the code.
template <class Game, bool kVaried = false>
struct Reference {
  using State = typename Game::Env::State;
  using Action = typename Game::Env::Action;
  using Config = typename Game::Config;

  // With the C library's functions.
  static Expected<Game> library(const State& before, Action action, const Config& config = {},
                                std::size_t i = 0);
  // As a target computes it that has fused multiply-add, or has not.
  static Expected<Game> exact(bool fused, const State& before, Action action,
                              const Config& config = {}, std::size_t i = 0);
  // math=fast and precision=float32, on any target.
  static Expected<Game> fast(const State& before, Action action, const Config& config = {},
                             std::size_t i = 0);
  static Expected<Game> single(const State& before, Action action, const Config& config = {},
                               std::size_t i = 0);
};

}  // namespace pavlov::envs
