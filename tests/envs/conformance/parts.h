// The parts of the conformance suite, and the files they are in.
#pragma once

#include <cstdint>

#include "pavlov/tests/envs/conformance.h"

namespace pavlov::envs::conformance {

inline constexpr std::uint64_t kSeed = 123;
inline constexpr int kSteps = 120;

// steps.cpp: one after the other, each as the spec says, and the same whoever else steps.
void check_shapes(const MakeVecEnv& make);
void check_determinism(const MakeVecEnv& make);
void check_independence(const MakeVecEnv& make);

// resets.cpp: what starts an episode.
void check_autoreset(const MakeVecEnv& make);
void check_masked_reset(const MakeVecEnv& make);
void check_streams(const MakeVecEnv& make);

// resting.cpp: finished environments under step_running.
void check_resting(const MakeVecEnv& make, bool can_save);

// errors.cpp: arguments that are refused, and continuous actions that are not.
void check_errors(const MakeVecEnv& make, bool can_save);

}  // namespace pavlov::envs::conformance
