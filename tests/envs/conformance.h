// Conformance: everything the environment contract promises, checked on any environment.
//
//   TEST(MyEnv, Conforms) {
//     check_conformance([](const VecOptions& options) { return make_vec(factory, options); });
//   }
//
// Reports through GoogleTest expectations. Checked with random actions inside the action space:
// shapes and spaces (unless spec().nominal_bounds), finite values, the same bytes for 1, 2 and 7
// threads, the three autoreset modes against each other, masked reset, time limit and both flags,
// finished environments that rest, streams that go on without a seed, save and load, continuous
// actions at and outside their bounds, and one clear error for each kind of wrong argument, with
// the state unchanged.
#pragma once

#include <functional>
#include <memory>

#include "pavlov/envs/env.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {

using MakeVecEnv = std::function<std::unique_ptr<VecEnv>(const VecOptions&)>;

// Makes environments with options of its own choice. `can_save`: save and load are implemented.
void check_conformance(const MakeVecEnv& make, bool can_save = true);

// Its part on save and load alone, for environments whose rows depend on each other (wrappers that
// keep statistics over all of them).
void check_archives(const MakeVecEnv& make);

}  // namespace pavlov::envs
