// TraceStage: a recorded episode, played like a film: pause, speed, single steps, seeking.
//
// The episode is played once when the stage is made, and its pictures are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/pace.h"
#include "pavlov/apps/viewer/stage.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

// Gives the actions of an episode one by one, for an environment of one; returns false where there
// is none left. What the view shows must live until the next call.
using NextAction = std::function<bool(envs::ActionView& action)>;

class TraceStage final : public Stage {
 public:
  // `env` is one environment in disabled mode. Plays to the end of the episode or of the actions.
  TraceStage(envs::VecEnv& env, const NextAction& next, std::uint64_t seed, std::string detail);

  const Subject& subject() const override { return subject_; }
  const Snapshot& advance(double now) override;
  std::string handle(Command command) override;
  void select(std::size_t) override {}
  void seek(double share) override;
  std::vector<KeyHint> keys() const override;
  std::string status(bool& attention) const override;

  std::size_t position() const { return position_; }
  std::size_t steps() const { return tiles_.size() - 1; }

 private:
  void move(std::int64_t steps);

  Subject subject_;
  Pace pace_;
  std::vector<Tile> tiles_;  // after 0, 1, ... steps
  std::size_t position_ = 0;
  Snapshot snapshot_;
};

}  // namespace pavlov::apps
