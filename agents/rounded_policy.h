// Policies with rounded weights, and what they lose.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/policy.h"

namespace pavlov::agents {

// The policy with its weights rounded to 8 bits (nets/int8_mlp.h) or to bfloat16 (nets/bf16_mlp.h):
// head, normalization and origin are the same. Throws std::invalid_argument where its network is no
// plain Mlp. Not for saving: a file holds the float32 policy.
Policy to_int8(const Policy& policy);
Policy to_bf16(const Policy& policy);

// Another policy beside the one that it should equal.
struct PolicyComparison {
  Evaluation reference;
  Evaluation other;  // on the same seeds
  // Over the observations of the reference's episodes: the share of equal actions, and the mean
  // absolute difference of a continuous action's dimensions (0 for discrete ones).
  double same_actions = 0.0;
  double action_difference = 0.0;

  // Mean over episodes of the other's return less the reference's.
  double return_difference() const { return other.mean() - reference.mean(); }
};

// Evaluates both (evaluate.h); throws as evaluate does.
PolicyComparison compare(Policy& reference, Policy& other, envs::VecEnv& env, std::size_t episodes,
                         std::uint64_t first_seed);

}  // namespace pavlov::agents
