// Action sources: who chooses the actions of a traced episode. One class each, made by name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pavlov/agents/policy.h"
#include "pavlov/apps/action_file.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

class ActionSource {
 public:
  virtual ~ActionSource() = default;
  // An episode begins; `seed` is the environment's.
  virtual void start(std::uint64_t seed) = 0;
  // Writes the action for `observation` (O). Returns false where there is none left.
  virtual bool next(std::span<const float> observation, EnvAction& action) = 0;
};

// Actions of a file, one episode; `actions` must outlive the source.
std::unique_ptr<ActionSource> make_recorded(const EpisodeActions& actions,
                                            const envs::Space& space);
// Uniform over the action space, from stream "actions" of the episode's seed: an episode is the
// same whatever was played before it. Throws std::invalid_argument for an unbounded space.
std::unique_ptr<ActionSource> make_random(const envs::EnvSpec& spec);
// The environment's hand-written controller; throws std::invalid_argument where it has none.
std::unique_ptr<ActionSource> make_heuristic(const envs::EnvSpec& spec);
// Greedy actions of a policy; throws std::invalid_argument where it does not fit the environment.
std::unique_ptr<ActionSource> make_greedy(agents::Policy policy, const envs::EnvSpec& spec);

}  // namespace pavlov::apps
