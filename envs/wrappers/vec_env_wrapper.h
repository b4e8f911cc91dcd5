// VecEnvWrapper: a vector environment around another one; what all wrappers share.
//
// It owns the inner environment and forwards every call. A wrapper overrides the two hooks through
// which all results pass, after_reset and after_step, and, where it keeps a state, save_state and
// load_state. Wrappers nest in any order; the outermost one is what an agent sees:
//
//   auto env = make("CartPole-v1", {.num_envs = 8});
//   auto counted = std::make_unique<RecordEpisodeStatistics>(std::move(env));
//   NormalizeObservation normalized(std::move(counted));
//
// Wrap before the first reset, or reset after wrapping: a wrapper has not seen earlier steps.
//
// Archives: a frame with the wrapper's name, configuration, N and own state, then the inner
// environment's archive. Wrappers work on one thread: no result depends on the number of workers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {

class VecEnvWrapper : public VecEnv {
 public:
  // `name` is the class in errors and archives; `configuration` names the options that decide what
  // a saved state means. Throws std::invalid_argument without an environment.
  VecEnvWrapper(std::unique_ptr<VecEnv> env, std::string name, std::string configuration);

  const EnvSpec& spec() const override { return env_->spec(); }
  std::size_t size() const final { return num_envs_; }
  AutoresetMode autoreset_mode() const override { return env_->autoreset_mode(); }

  using VecEnv::reset;
  ConstMatrixView reset(std::span<const std::uint64_t> seeds) final;
  ConstMatrixView reset() final;
  ConstMatrixView reset(std::span<const std::uint8_t> mask) final;
  StepView step(ActionView actions) override { return after_step(env_->step(actions)); }
  StepView step_running(ActionView actions) override {
    return after_step(env_->step_running(actions));
  }
  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override {
    return env_->draw(row, last, picture);
  }
  void save(StateWriter& out) const final;
  void load(StateReader& in) final;

  const VecEnv& inner() const { return *env_; }
  VecEnv& inner() { return *env_; }

 protected:
  // The inner environment has started the rows whose mask byte is not 0 anew, or all rows where
  // `mask` is empty. Returns what to show.
  virtual ConstMatrixView after_reset(ConstMatrixView observation,
                                      std::span<const std::uint8_t> mask);
  // The inner environment has taken a step. Returns what to show.
  virtual StepView after_step(const StepView& step);

  // The wrapper's own state, in an order of its own. load_state may throw at any point; after a
  // load that is refused it puts the old state back.
  virtual void save_state(StateWriter& out) const;
  virtual void load_state(StateReader& in);
  // A load has succeeded: for what archives do not carry.
  virtual void loaded();

  const std::string& name() const { return name_; }

 private:
  std::unique_ptr<VecEnv> env_;
  std::size_t num_envs_ = 0;
  std::string name_;
  std::string configuration_;
};

// Whether `mask` selects row i; an empty mask selects all.
inline bool selects(std::span<const std::uint8_t> mask, std::size_t i) {
  return mask.empty() || mask[i] != 0;
}

}  // namespace pavlov::envs
