// FrameStackObservation: the last S observations of each environment as one, oldest first.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/stateful_observation.py, applied to every environment.
// An observation of O values becomes S * O values: row (frame 0, frame 1, ..., frame S - 1), the
// newest last; the bounds are repeated S times. Gymnasium's shape (S, O) is the same memory.
// A reset fills the older frames with padding. Frames never cross the end of an episode:
//   next_step   the ending step shifts its observation in; the step that resets begins anew
//   same_step   final_observation is the old stack with the last observation shifted in, the
//               observation beside it the padded first one of the next episode
//   disabled    as next_step, with the caller's reset
// A masked reset begins the stacks of its rows anew; the other rows keep theirs. Resting rows
// (step_running) keep theirs, too.
// Differs: padding with an observation of the caller's own is left out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/envs/wrappers/episode_rows.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::envs {

enum class FramePadding : std::uint8_t {
  reset,  // the observation of the reset
  zero,   // 0, or where the bounds exclude 0 the bound next to it
};

class FrameStackObservation final : public VecEnvWrapper {
 public:
  // Throws std::invalid_argument for a stack_size outside [1, 1024].
  FrameStackObservation(std::unique_ptr<VecEnv> env, std::size_t stack_size,
                        FramePadding padding = FramePadding::reset);

  const EnvSpec& spec() const override { return spec_; }
  std::size_t stack_size() const { return stack_size_; }

 protected:
  ConstMatrixView after_reset(ConstMatrixView observation,
                              std::span<const std::uint8_t> mask) override;
  StepView after_step(const StepView& step) override;
  void save_state(StateWriter& out) const override;
  void load_state(StateReader& in) override;

 private:
  void begin(std::size_t i, std::span<const float> frame);
  void push(std::size_t i, std::span<const float> frame);
  void push_all(ConstMatrixView frames);
  void set_newest(std::size_t i, std::span<const float> frame);

  EnvSpec spec_;
  std::size_t stack_size_;  // S
  std::size_t columns_;     // O
  FramePadding padding_;
  std::vector<float> zero_;  // (O) the padding of FramePadding::zero
  EpisodeRows rows_;
  kernels::Tensor observation_;        // (N, S * O)
  kernels::Tensor final_observation_;  // (N, S * O)
};

}  // namespace pavlov::envs
