// RepeatAction: every action is taken several times, and the rewards are summed.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/stateful_action.py, applied to every environment. The
// observation is that of the last repeat; an episode that ends stops the repeats of its
// environment, and the others go on:
//
//   environment 0   r r r r            reward of one step: the sum of four
//   environment 1   r r E . .          ends at its third repeat: the sum of three, both flags of E
//
// For that the inner environment must be in disabled mode, where finished environments can rest
// (VecEnv::step_running); the wrapper itself shows the autoreset mode it is given. The time limit
// of the inner environment counts repeats, not steps of the wrapper.
//
//   auto env = make("CartPole-v1", {.num_envs = 8, .autoreset_mode = AutoresetMode::disabled});
//   RepeatAction repeated(std::move(env), 4, AutoresetMode::same_step);
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/envs/wrappers/vec_env_wrapper.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::envs {

class RepeatAction final : public VecEnvWrapper {
 public:
  // Throws std::invalid_argument for an inner environment in another mode than disabled, and for
  // num_repeats outside [1, 1024].
  RepeatAction(std::unique_ptr<VecEnv> env, std::size_t num_repeats,
               AutoresetMode mode = AutoresetMode::next_step);

  AutoresetMode autoreset_mode() const override { return mode_; }
  std::size_t num_repeats() const { return num_repeats_; }

  StepView step(ActionView actions) override;
  StepView step_running(ActionView actions) override;

 protected:
  ConstMatrixView after_reset(ConstMatrixView observation,
                              std::span<const std::uint8_t> mask) override;
  void save_state(StateWriter& out) const override;
  void load_state(StateReader& in) override;

 private:
  // The other repeats, after the first.
  StepView repeat(const StepView& first, const ActionView& actions);
  void take_in(const StepView& inner);
  // Resets what the mode wants reset after a step.
  void restart();

  std::size_t num_repeats_;
  AutoresetMode mode_;
  std::size_t running_ = 0;               // environments whose episode goes on
  std::vector<std::uint8_t> finished_;    // (N) 1 from an end to the reset
  std::vector<std::uint8_t> restart_;     // (N) scratch: mask of the rows to reset
  std::vector<double> reward_;            // (N)
  std::vector<std::uint8_t> terminated_;  // (N)
  std::vector<std::uint8_t> truncated_;   // (N)
  kernels::Tensor final_observation_;     // (N,O)
  ConstMatrixView observation_;           // the inner environment's
};

}  // namespace pavlov::envs
