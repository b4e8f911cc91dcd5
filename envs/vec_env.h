// The environment contract: N environments step in one call over contiguous arrays.
//
// Semantics are those of Gymnasium 1.4's vector environments (docs: api/vector, AutoresetMode):
// terminated and truncated are separate facts and may both be 1 on one step; environment i seeded
// with s_i draws exactly what Gymnasium's environment seeded with s_i draws. Agents know this
// header and spaces.h, never a concrete environment.
//
// Shapes: N environments, O observation dimensions, A action dimensions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "pavlov/envs/picture.h"
#include "pavlov/envs/spaces.h"
#include "pavlov/kernels/state_io.h"

namespace pavlov::envs {

using kernels::StateReader;
using kernels::StateWriter;

// What an environment is; constant over its life.
struct EnvSpec {
  std::string id;         // "CartPole-v1"
  Box observation_space;  // float32
  Space action_space;
  std::int32_t max_episode_steps = 0;      // truncation after this many steps; 0: never
  std::optional<double> reward_threshold;  // mean return at which it counts as solved
  int render_fps = 0;                      // frames per second of simulated time
  // Continuous actions outside the bounds of action_space: clipped by the environment, as
  // Gymnasium's does, or refused. NaN and infinities are refused always.
  bool clips_actions = false;
  // Observations may leave observation_space, as Gymnasium's do: its bounds say where they usually
  // are.
  bool nominal_bounds = false;
};

// When a finished environment starts its next episode.
enum class AutoresetMode : std::uint8_t {
  next_step,  // the step after the end ignores the action and resets: reward 0, flags 0
  same_step,  // the ending step itself resets; the end is in final_observation
  disabled,   // the caller resets with a mask; stepping a finished environment is an error
};

const char* to_string(AutoresetMode mode);
// Throws std::invalid_argument that names the nearest mode.
AutoresetMode parse_autoreset_mode(std::string_view name);

// What one batch step produced. The buffers belong to the environment and live until its next call.
struct StepView {
  ConstMatrixView observation;     // (N,O) where an environment was reset: its first observation
  std::span<const double> reward;  // (N)
  std::span<const std::uint8_t> terminated;  // (N) 0 or 1
  std::span<const std::uint8_t> truncated;   // (N) 0 or 1
  // (N,O) the observation in which an episode ended; valid in rows where terminated or truncated
  // is 1, in every mode.
  ConstMatrixView final_observation;
};

class VecEnv {
 public:
  virtual ~VecEnv() = default;

  virtual const EnvSpec& spec() const = 0;
  virtual std::size_t size() const = 0;  // N
  virtual AutoresetMode autoreset_mode() const = 0;

  // Starts all episodes anew; environment i is seeded with seeds[i]. Returns (N,O).
  // Throws std::invalid_argument where seeds.size() != N.
  virtual ConstMatrixView reset(std::span<const std::uint64_t> seeds) = 0;
  // Starts all episodes anew, every random stream going on where it is. Before the first seed,
  // environment i has the stream of seed i.
  virtual ConstMatrixView reset() = 0;
  // Starts those episodes anew whose mask byte is not 0 (streams go on); the other rows keep their
  // last observation. Any mode. Throws std::invalid_argument for a wrong size, a mask without an
  // entry, and before the first reset of all.
  virtual ConstMatrixView reset(std::span<const std::uint8_t> mask) = 0;
  // Seeds environment i with seed + i, as Gymnasium's vector environments do.
  ConstMatrixView reset(std::uint64_t seed);

  // One step of all environments. Throws std::invalid_argument for wrong shapes, actions outside
  // the space (unless spec().clips_actions) or not finite (also where next_step mode ignores them),
  // for finished environments in disabled mode, and before the first reset; the state is then
  // unchanged. After an exception out of a user's environment only reset or load lead on.
  virtual StepView step(ActionView actions) = 0;
  // As step in disabled mode, but finished environments rest instead of being an error: they keep
  // their observation, with reward 0 and flags 0, and their action (still inside the space) is not
  // used. For those who step several times before they reset, see wrappers/repeat_action.h. Throws
  // as step does, and in the other modes; an environment that cannot do it throws always.
  virtual StepView step_running(ActionView actions);

  // Replaces `picture` by what environment `row` < N looks like in its state. `last` are the
  // actions of the last step of all environments, for what shows only while it acts (engines,
  // torques); an empty view shows none of that. Returns false, and leaves `picture` alone, where an
  // environment has no picture.
  virtual bool draw(std::size_t row, const ActionView& last, Picture& picture) const;

  // Exact state, random streams included: load(save()) continues bit for bit.
  virtual void save(StateWriter& out) const = 0;
  // Throws std::runtime_error for a state of another environment or size, or a damaged one; the
  // state is then unchanged. Should a user's load throw while the old state is put back, only reset
  // or another load leads on.
  virtual void load(StateReader& in) = 0;
};

}  // namespace pavlov::envs
