// PolicyStage: saved policies play; where there are several of one run, back and forward scrub
// through its history.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/pace.h"
#include "pavlov/apps/viewer/player.h"
#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

// A policy of a run's history.
struct Version {
  std::string name;  // "step 24,000"
  std::shared_ptr<agents::Policy> policy;
};

class PolicyStage final : public Stage {
 public:
  // At least one version; the stage begins with version `shown`. `env` must be in disabled mode.
  PolicyStage(std::vector<Version> versions, std::size_t shown, std::unique_ptr<envs::VecEnv> env,
              std::uint64_t seed);

  const Subject& subject() const override { return subject_; }
  const Snapshot& advance(double now) override;
  std::string handle(Command command) override;
  void select(std::size_t tile) override { snapshot_.selected = tile; }
  std::vector<KeyHint> keys() const override;
  std::string status(bool& attention) const override;

 private:
  void show_version(std::size_t index);

  std::vector<Version> versions_;
  std::size_t shown_;
  Player player_;
  Subject subject_;
  Pace pace_;
  Snapshot snapshot_;
};

}  // namespace pavlov::apps
