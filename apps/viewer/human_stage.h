// HumanStage: you play, by keys or gamepad, in real time; an agent plays the same seed beside you.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/mind.h"
#include "pavlov/apps/viewer/pace.h"
#include "pavlov/apps/viewer/player.h"
#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

class HumanStage final : public Stage {
 public:
  // `yours` and `theirs` are one environment each, alike, in disabled mode; `policy` may be null,
  // then you play alone. Throws std::invalid_argument where the policy does not fit.
  HumanStage(std::unique_ptr<envs::VecEnv> yours, std::unique_ptr<envs::VecEnv> theirs,
             std::shared_ptr<agents::Policy> policy, std::uint64_t seed);

  const Subject& subject() const override { return subject_; }
  const Snapshot& advance(double now) override;
  std::string handle(Command command) override;
  void select(std::size_t tile) override { snapshot_.selected = tile; }
  void hold(const Held& held) override;
  std::vector<KeyHint> keys() const override;
  std::string status(bool& attention) const override;

 private:
  void start(std::uint64_t seed);
  void step();
  void show();
  void choose_action();
  envs::ActionView action() const;
  bool over() const;

  std::unique_ptr<envs::VecEnv> env_;
  std::unique_ptr<Player> agent_;  // null: alone
  std::shared_ptr<agents::Policy> policy_;
  std::uint64_t seed_;
  Subject subject_;
  Pace pace_;
  Snapshot snapshot_;
  Mind mind_;

  Held held_;
  bool begun_ = false;                  // the first key starts the clock
  std::vector<float> observation_;      // (O)
  std::vector<std::int32_t> discrete_;  // (1), or
  std::vector<float> continuous_;       // (A)
  std::int64_t step_ = 0;
  double total_ = 0.0;
  Tile::End end_ = Tile::End::running;
  int won_ = 0, lost_ = 0;
  bool counted_ = false;
};

}  // namespace pavlov::apps
