// Kernels of batch.h: one thread for each environment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/envs/cuda/games-inl.h"
#include "pavlov/kernels/cuda/block-inl.h"

namespace pavlov::envs::cuda {

// What an environment keeps between calls, in device memory. Columns of the state lie apart.
struct Storage {
  double* state;          // (columns, N)
  Pcg64* random;          // (N)
  std::int32_t* elapsed;  // (N) steps of the running episode
  std::size_t size;       // N
};

template <std::size_t n>
PAVLOV_FN void store_observation(const Columns<double, n>& from, float* to) {
  for (std::size_t k = 0; k < n; ++k) to[k] = static_cast<float>(from.column[k]);
}

template <std::size_t n>
PAVLOV_FN void store_state(const Columns<double, n>& from, const Storage& to, std::size_t i) {
  for (std::size_t k = 0; k < n; ++k) to.state[k * to.size + i] = from.column[k];
}

template <class Game>
struct ResetEnvironment {
  Game game;
  Storage storage;
  kernels::cuda::Table<float> observation;

  PAVLOV_FN void operator()(std::size_t i) const {
    Pcg64 random = storage.random[i];
    const auto view = game.reset(random);
    store_state(view.state, storage, i);
    store_observation(view.observation, &observation(i, 0));
    storage.random[i] = random;
    storage.elapsed[i] = 0;
  }
};

template <class Game>
struct StepEnvironment {
  using Physics = typename Game::Physics;
  Game game;
  Storage storage;
  std::int32_t limit;  // steps of an episode; 0: any number
  std::size_t steps;   // K
  const typename Physics::Action* action;
  kernels::cuda::Table<float> observation;
  float* reward;
  std::uint8_t* terminated;
  std::uint8_t* truncated;
  kernels::cuda::Table<float> final_observation;

  PAVLOV_FN void operator()(std::size_t i) const {
    Columns<double, Physics::kColumns> state;
    for (std::size_t k = 0; k < Physics::kColumns; ++k) {
      state.column[k] = storage.state[k * storage.size + i];
    }
    Pcg64 random = storage.random[i];
    std::int32_t elapsed = storage.elapsed[i];
    for (std::size_t k = 0; k < steps; ++k) {
      const std::size_t at = k * storage.size + i;
      const auto next = game.physics.template step<double>(state, action + at, nullptr);
      ++elapsed;
      const bool over = next.terminated, cut = limit > 0 && elapsed >= limit;
      reward[at] = static_cast<float>(next.reward);
      terminated[at] = over ? 1 : 0;
      truncated[at] = cut ? 1 : 0;
      if (over || cut) {
        store_observation(next.observation, &final_observation(at, 0));
        const auto first = game.reset(random);
        state = first.state;
        elapsed = 0;
        store_observation(first.observation, &observation(at, 0));
      } else {
        state = next.state;
        store_observation(next.observation, &observation(at, 0));
      }
    }
    store_state(state, storage, i);
    storage.random[i] = random;
    storage.elapsed[i] = elapsed;
  }
};

// What is launched.
template <class Game>
using ResetKernel = kernels::cuda::Elements<ResetEnvironment<Game>, 64>;
template <class Game>
using StepKernel = kernels::cuda::Elements<StepEnvironment<Game>, 64>;

}  // namespace pavlov::envs::cuda
