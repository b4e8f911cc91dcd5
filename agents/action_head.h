// ActionHead: what the outputs of a policy's network mean, and which action they ask for.
//
//   kind                outputs per observation              greedy action
//   values              A action values                      the largest value
//   categorical_values  A x Z logits over returns (C51)      the largest mean of its distribution
//   quantile_values     A x Z quantiles of returns (QR-DQN)  the largest mean of its quantiles
//   logits              A unnormalized log-probabilities     the most probable
//   gaussian            D means                              the mean, clipped to [low, high]
//   squashed_gaussian   D means before tanh                  low + (high - low) (tanh mean + 1) / 2
//
// A network may have more outputs, such as the value estimate of an actor-critic; the head reads
// the first ones. Shapes: B rows, A discrete actions or D dimensions of a continuous one, Z atoms.
// float32. Wrong shapes throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::agents {

using kernels::ConstMatrixView;
using kernels::MatrixView;

enum class HeadKind : std::uint8_t {
  values,
  categorical_values,
  quantile_values,
  logits,
  gaussian,
  squashed_gaussian,
};

std::string_view to_string(HeadKind kind);
// Throws std::runtime_error that names the nearest kind.
HeadKind parse_head_kind(std::string_view name);

struct ActionHead {
  HeadKind kind = HeadKind::values;
  std::size_t actions = 0;        // A or D, at least 1
  std::size_t atoms = 1;          // Z of quantile_values
  kernels::Support support = {};  // of categorical_values
  std::vector<float> low = {};    // (D) bounds of continuous actions; may be infinite where
  std::vector<float> high = {};   // (D) they only clip

  bool continuous() const {
    return kind == HeadKind::gaussian || kind == HeadKind::squashed_gaussian;
  }
  // Outputs that the head reads per observation.
  std::size_t outputs() const;
};

// Throws std::invalid_argument "[action_head] ..." for the first field outside its range.
void validate(const ActionHead& head);

// score (B,A) of a head of discrete actions, from outputs (B, >= head.outputs()): the (mean)
// values, or the logits.
void action_scores(const ActionHead& head, ConstMatrixView outputs, MatrixView score);

// Greedy discrete actions (B); score (B,A) is scratch and holds action_scores afterwards.
void greedy_actions(const ActionHead& head, ConstMatrixView outputs, MatrixView score,
                    std::span<std::int32_t> action);

// Brings actions u (B,D) of a continuous head to what the environment takes, in place: clips them,
// or squashes and scales them. The greedy action is that of the mean.
void to_environment(const ActionHead& head, MatrixView u);

}  // namespace pavlov::agents
