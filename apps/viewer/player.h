// Player: a policy that plays greedy episodes in environments of its own, to be watched.
//
// An episode that ends stays in sight for a moment; then its environment starts the next one, while
// the others go on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/apps/viewer/mind.h"
#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

class Player {
 public:
  // `env` must be in disabled mode. Throws std::invalid_argument where the policy does not fit it.
  Player(std::shared_ptr<agents::Policy> policy, std::unique_ptr<envs::VecEnv> env,
         std::uint64_t seed);

  // The same environments with another policy, which must fit them.
  void replace(std::shared_ptr<agents::Policy> policy);
  // All episodes anew, from this seed on.
  void restart(std::uint64_t seed);
  void restart() { restart(seed_); }
  // Ended episodes stay in sight until a restart.
  void keep_ended() { keep_ended_ = true; }
  // One step of all environments.
  void step();
  // Writes tiles, and the opinion about `snapshot.selected`.
  void show(Snapshot& snapshot);

  envs::VecEnv& env() { return *env_; }
  double total(std::size_t i) const { return total_[i]; }
  bool ended(std::size_t i) const { return end_[i] != Tile::End::running; }
  // Returns of the episodes that have ended.
  const std::vector<double>& returns() const { return returns_; }

 private:
  envs::ActionView act();
  void start_waiting();

  std::shared_ptr<agents::Policy> policy_;
  std::unique_ptr<envs::VecEnv> env_;
  std::uint64_t seed_;
  kernels::Tensor observation_;         // (N,O)
  std::vector<std::int32_t> discrete_;  // (N)
  kernels::Tensor continuous_;          // (N,A)
  bool acted_ = false;
  std::vector<std::int64_t> step_;     // (N)
  std::vector<double> total_;          // (N)
  std::vector<Tile::End> end_;         // (N)
  std::vector<std::int64_t> wait_;     // (N) steps until an ended episode is replaced
  std::vector<std::uint8_t> restart_;  // (N) scratch
  bool keep_ended_ = false;
  std::vector<double> returns_;
  Mind mind_;
};

}  // namespace pavlov::apps
