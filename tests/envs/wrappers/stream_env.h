// StreamEnv: plays back stored steps, whatever the actions, for tests of wrappers.
#pragma once

#include <span>
#include <vector>

#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {

// One step of N environments; the first one of a stream is a reset.
struct StreamStep {
  std::vector<float> observation;  // (N,O)
  std::vector<double> reward;      // (N)
  std::vector<std::uint8_t> terminated, truncated;
  std::vector<float> final_observation;  // (N,O), or empty: the observation
};

class StreamEnv final : public VecEnv {
 public:
  StreamEnv(std::vector<StreamStep> steps, std::size_t envs, AutoresetMode mode);

  const EnvSpec& spec() const override { return spec_; }
  std::size_t size() const override { return envs_; }
  AutoresetMode autoreset_mode() const override { return mode_; }
  using VecEnv::reset;
  ConstMatrixView reset(std::span<const std::uint64_t>) override { return reset(); }
  // Back to the first step.
  ConstMatrixView reset() override;
  // Moves on by one step, whose observation is given back.
  ConstMatrixView reset(std::span<const std::uint8_t> mask) override;
  StepView step(ActionView) override;
  void save(StateWriter& out) const override { out.put(at_); }
  void load(StateReader& in) override { at_ = in.get<std::size_t>(); }

 private:
  ConstMatrixView matrix(const std::vector<float>& values) const;

  std::vector<StreamStep> steps_;
  std::size_t envs_;
  AutoresetMode mode_;
  EnvSpec spec_;
  std::size_t at_ = 0;
};

// The action that every step of a StreamEnv of n environments takes.
inline std::vector<std::int32_t> no_actions(std::size_t n) {
  return std::vector<std::int32_t>(n, 0);
}

}  // namespace pavlov::envs
