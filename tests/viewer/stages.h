// Small stages and policies for the tests of the viewer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/apps/viewer/stage.h"
#include "pavlov/apps/viewer/subject.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/init.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::apps {

inline std::unique_ptr<envs::VecEnv> resting_env(const std::string& id, std::size_t count) {
  return envs::make(id, {.num_envs = count, .autoreset_mode = envs::AutoresetMode::disabled});
}

// A policy that has learnt nothing, of an environment with O observations and A actions.
inline std::shared_ptr<agents::Policy> blank_policy(const std::string& id, std::size_t observations,
                                                    std::size_t actions, std::uint64_t seed = 1) {
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = observations, .hidden = {16}, .outputs = actions});
  kernels::RandomStream random(seed, "network");
  network->initialize(nets::Init::uniform, random);
  return std::make_shared<agents::Policy>(std::move(network),
                                          agents::PolicyOrigin{.env_id = id, .algorithm = "dqn"});
}

// Counts what it is asked for.
class CountingStage final : public Stage {
 public:
  explicit CountingStage(std::size_t tiles = 4) {
    subject_.env = "Counting";
    snapshot_.tiles.resize(tiles);
    snapshot_.environments = tiles;
    for (Tile& tile : snapshot_.tiles) {
      tile.picture.start(60, 40, {255, 255, 255});
      tile.picture.circle({30, 20}, 10, {202, 152, 101});
    }
  }
  const Subject& subject() const override { return subject_; }
  const Snapshot& advance(double now) override {
    times.push_back(now);
    return snapshot_;
  }
  std::string handle(Command command) override {
    commands.push_back(command);
    return "";
  }
  void select(std::size_t tile) override { snapshot_.selected = tile; }
  void seek(double share) override { sought.push_back(share); }
  void hold(const Held& held) override { last_held = held; }
  std::vector<KeyHint> keys() const override { return {{"space", "pause", "Pause"}}; }
  std::string status(bool& attention) const override {
    attention = false;
    return "status";
  }
  Snapshot& snapshot() { return snapshot_; }

  std::vector<double> times, sought;
  std::vector<Command> commands;
  Held last_held;

 private:
  Subject subject_;
  Snapshot snapshot_;
};

}  // namespace pavlov::apps
