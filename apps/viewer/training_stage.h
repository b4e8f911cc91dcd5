// TrainingStage: a training while it runs. Greedy episodes are played here, by a copy of the
// policy in environments of its own: watching them does not touch the training.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/live.h"
#include "pavlov/apps/viewer/pace.h"
#include "pavlov/apps/viewer/player.h"
#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

class TrainingStage final : public Stage {
 public:
  // `greedy_envs(n)` makes n environments in disabled mode. `live` must outlive the stage.
  TrainingStage(Live& live, Subject subject,
                std::function<std::unique_ptr<envs::VecEnv>(std::size_t)> greedy_envs);

  const Subject& subject() const override { return subject_; }
  const Snapshot& advance(double now) override;
  std::string handle(Command command) override;
  void select(std::size_t tile) override;
  std::vector<KeyHint> keys() const override;
  std::string status(bool& attention) const override;

  // What the training has to tell since the last call; empty where it has nothing.
  std::string news() override;

 private:
  void change_speed(int by);
  void play_greedy(double now);

  Live& live_;
  Subject subject_;
  std::function<std::unique_ptr<envs::VecEnv>(std::size_t)> greedy_envs_;
  std::size_t speed_;  // index of the table in the .cpp
  std::int64_t notice_ = 0;
  std::string news_;

  bool greedy_ = false;
  std::shared_ptr<agents::Policy> policy_;
  std::unique_ptr<Player> player_;
  Pace pace_;
  Snapshot greedy_snapshot_;
};

}  // namespace pavlov::apps
