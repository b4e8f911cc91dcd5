// Env: one environment, written by you; make_vec turns it into a VecEnv.
//
// Write reset, step and observe; seeding, time limit, autoreset, validation and threads come with
// the adapter. apps/examples/hover.h is one to copy from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "pavlov/envs/vec_env.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs {

// One action: `discrete` where the action space is Discrete, else `continuous` (A values).
struct Action {
  std::int32_t discrete = 0;
  std::span<const float> continuous;
};

// What a step gave. Do not report the time limit: the adapter truncates after
// spec().max_episode_steps. Set `truncated` for ends of your own that are not failures.
struct Transition {
  double reward = 0.0;
  bool terminated = false;
  bool truncated = false;
};

class Env {
 public:
  virtual ~Env() = default;
  // The same for all instances of one factory.
  virtual const EnvSpec& spec() const = 0;
  // Starts an episode; draw every random number from `random`, which is this environment's own.
  virtual void reset(kernels::Pcg64& random) = 0;
  // Steps once. `action` is finite and, unless spec().clips_actions, inside the action space.
  virtual Transition step(const Action& action, kernels::Pcg64& random) = 0;
  // Writes the current observation, O values; they must be finite.
  virtual void observe(std::span<float> observation) const = 0;
  // Replaces `picture` by what the state looks like; `last` is the action that led to it, null
  // where none did. Returns false where there is no picture, as the default does.
  virtual bool draw(const Action* last, Picture& picture) const;
  // Exact state, for VecEnv::save and load. The default throws std::runtime_error.
  virtual void save(StateWriter& out) const;
  virtual void load(StateReader& in);
};

struct VecOptions {
  std::size_t num_envs = 1;                                 // N >= 1
  AutoresetMode autoreset_mode = AutoresetMode::next_step;  // Gymnasium's default
  std::size_t threads = 1;                                  // workers; never changes a result
  std::int32_t max_episode_steps = 0;  // overrides the spec's limit where positive
};

using EnvFactory = std::function<std::unique_ptr<Env>()>;

// N environments made by `factory`. A step throws std::invalid_argument for an action outside the
// space and std::runtime_error, naming environment and index, for an observation or reward that is
// not finite.
std::unique_ptr<VecEnv> make_vec(const EnvFactory& factory, const VecOptions& options);

}  // namespace pavlov::envs
