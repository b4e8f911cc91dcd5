// WatchedEnv: an environment that a viewer looks at while an agent learns in it.
//
// It changes nothing: all calls and results pass as they are, so a watched training gives the same
// bits. At most 60 times a second it publishes a snapshot of what it has just seen; in between, a
// step costs a look at the clock and a sum per environment. While the user has paused or slowed
// down the training, step() waits: that time counts as training time. Nothing of the viewer can
// make it wait otherwise or throw.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/agents/observer.h"
#include "pavlov/apps/viewer/live.h"
#include "pavlov/apps/viewer/mind.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

namespace pavlov::apps {

class WatchedEnv final : public envs::VecEnvWrapper {
 public:
  static constexpr std::size_t kMostTiles = 64;
  static constexpr double kSnapshotsPerSecond = 60.0;

  // `live` and `stop` (may be null) must outlive it. Waiting ends where `stop` becomes true.
  WatchedEnv(std::unique_ptr<envs::VecEnv> env, std::int64_t total_steps, Live& live,
             const std::atomic<bool>* stop);

  // Whose opinion is shown, and how its policy is copied and saved; before the first step. `save`
  // returns what to tell the user. All are called between two steps.
  void follow(const agents::Agent& agent, std::function<agents::Policy()> policy,
              std::function<std::string()> save);
  // Adds the curves; `interval` steps apart.
  agents::Observer observer();
  void add_evaluation(std::int64_t steps, double mean);
  // The training is over: publishes the last state.
  void finish();

  envs::StepView step(envs::ActionView actions) override;
  envs::StepView step_running(envs::ActionView actions) override;

  std::int64_t steps() const { return steps_; }  // so far, of all environments
  std::int64_t published() const { return published_; }

 protected:
  envs::ConstMatrixView after_reset(envs::ConstMatrixView observation,
                                    std::span<const std::uint8_t> mask) override;

 private:
  using Clock = std::chrono::steady_clock;

  bool watched() const { return live_.wishes.watching.load(std::memory_order_relaxed); }
  void wait_for_turn();
  void account(const envs::StepView& step, bool resting);
  void look(const envs::ActionView& actions, const envs::StepView& step);
  void publish(const envs::ActionView& actions, envs::ConstMatrixView observation);
  void fill(Snapshot& snapshot, const envs::ActionView& actions, envs::ConstMatrixView observation);
  void save_if_asked();
  void serve_last_wish();
  bool policy_is_due() const;
  void serve_wishes();
  void measure_rates(Clock::time_point now);
  void note(const agents::TrainingSnapshot& training);

  Live& live_;
  const std::atomic<bool>* stop_;
  const std::int64_t total_steps_;
  const agents::Agent* agent_ = nullptr;
  std::function<agents::Policy()> policy_;
  std::function<std::string()> save_;
  Mind mind_;

  std::vector<double> total_;        // (N) reward of the running episode
  std::vector<std::int64_t> step_;   // (N)
  std::vector<std::uint8_t> fresh_;  // (N) the last step began a new episode
  std::vector<std::uint8_t> ended_;  // (N) rests until its reset
  std::vector<double> recent_;       // returns of the last episodes, a ring
  std::int64_t episodes_ = 0;
  std::int64_t steps_ = 0, updates_ = 0;
  envs::ConstMatrixView observation_;  // of the last step

  Curves curves_;
  std::uint64_t curves_version_ = 1;
  Notice notice_;
  bool finished_ = false;

  Clock::time_point start_ = Clock::now(), next_ = start_, turn_ = start_, rates_at_ = start_,
                    policy_at_ = start_;
  std::int64_t rate_steps_ = 0, rate_updates_ = 0;
  double steps_per_second_ = 0.0, updates_per_second_ = 0.0;
  double seconds_ = 0.0;
  std::int64_t published_ = 0;
};

}  // namespace pavlov::apps
