#include "pavlov/agents/train_off_policy.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pavlov/agents/due_observers.h"
#include "pavlov/agents/episode_meter.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/thread_team.h"

namespace pavlov::agents {
namespace {

template <class Number>
void require(bool holds, std::string_view field, Number value, std::string_view rule) {
  kernels::require(holds, "train", field, value, rule);
}

// Means of the updates between two calls of an observer.
struct LearnMeans {
  LearnStats sum;
  std::int64_t count = 0;

  void add(const LearnStats& stats) {
    sum.loss += stats.loss;
    sum.mean_value += stats.mean_value;
    sum.gradient_norm += stats.gradient_norm;
    ++count;
  }
  LearnStats take() {
    const double n = static_cast<double>(std::max<std::int64_t>(count, 1));
    const LearnStats mean{sum.loss / n, sum.mean_value / n, sum.gradient_norm / n};
    *this = LearnMeans();
    return mean;
  }
};

class OffPolicyLoop {
 public:
  OffPolicyLoop(envs::VecEnv& env, OffPolicyAgent& agent, replay::Replay& replay,
                const OffPolicyConfig& config, std::uint64_t seed,
                std::span<const Observer> observers)
      : env_(env),
        agent_(agent),
        replay_(replay),
        config_(config),
        observers_(observers),
        envs_(env.size()),
        observation_({envs_, env.spec().observation_space.size()}),
        next_observation_({envs_, env.spec().observation_space.size()}),
        action_(envs_),
        batch_(config.batch_size, env.spec().observation_space.size()),
        next_batch_(config.prefetch ? config.batch_size : 0, env.spec().observation_space.size()),
        team_(config.prefetch ? 2 : 1),
        warmup_random_(seed, "warmup"),
        meter_(envs_),
        means_(observers.size()) {
    progress_.total_steps = config.total_steps;
    replay_.start(envs_, agent_.discount(), seed);
    keep_observation(env_.reset(seed));
  }

  TrainingResult run(const std::atomic<bool>* stop) {
    bool interrupted = false;
    clock_.resume();
    while (progress_.env_steps < config_.total_steps && !interrupted) {
      const std::int64_t before = progress_.env_steps;
      collect();
      learn();
      interrupted = stop != nullptr && stop->load(std::memory_order_relaxed);
      notify(before, interrupted || progress_.env_steps >= config_.total_steps);
    }
    clock_.pause();
    return {progress_, clock_.seconds(), meter_.episodes(),
            interrupted && progress_.env_steps < config_.total_steps};
  }

 private:
  // One step of every environment, into replay.
  void collect() {
    if (progress_.env_steps < config_.learning_starts) {
      const auto actions = static_cast<std::uint32_t>(agent_.action_head().actions);
      for (std::int32_t& a : action_) a = static_cast<std::int32_t>(warmup_random_.below(actions));
    } else {
      agent_.act(observation_.matrix(), progress_, action_);
    }
    const envs::StepView step = env_.step(action_);
    for (std::size_t i = 0; i < envs_; ++i) {
      const bool ended = step.terminated[i] != 0 || step.truncated[i] != 0;
      const auto next = ended ? step.final_observation.row(i) : step.observation.row(i);
      std::ranges::copy(next, next_observation_.matrix().row(i).begin());
    }
    replay_.add({observation_.matrix(), action_, step.reward, next_observation_.matrix(),
                 step.terminated, step.truncated});
    keep_observation(step.observation);
    meter_.add(step);
    progress_.env_steps += static_cast<std::int64_t>(envs_);
  }

  // The rounds of updates that are due.
  void learn() {
    // With steps of reward, the first windows may still be open.
    if (progress_.env_steps <= config_.learning_starts || replay_.size() == 0) {
      last_round_ = progress_.env_steps;
      return;
    }
    const std::int64_t rounds = (progress_.env_steps - last_round_) / config_.train_freq;
    last_round_ += rounds * config_.train_freq;
    update(rounds * (config_.gradient_steps < 0 ? config_.train_freq : config_.gradient_steps));
  }

  // Updates without a step of the environment between them.
  void update(std::int64_t updates) {
    for (std::int64_t k = 0; k < updates; ++k) {
      if (k == 0 || !config_.prefetch) replay_.sample(progress_.fraction(), batch_);
      const bool draw_ahead = config_.prefetch && k + 1 < updates;
      LearnStats stats;
      if (draw_ahead) {
        team_.run([&](std::size_t worker) {
          if (worker == 0) {
            stats = agent_.learn(batch_, progress_);
          } else {
            replay_.sample(progress_.fraction(), next_batch_);
          }
        });
      } else {
        stats = agent_.learn(batch_, progress_);
      }
      replay_.update(batch_);
      ++progress_.updates;
      for (LearnMeans& means : means_) means.add(stats);
      if (draw_ahead) std::swap(batch_, next_batch_);
    }
  }

  void notify(std::int64_t steps_before, bool last) {
    const auto look = [this, last](std::size_t k) {
      observers_[k].notify({.progress = progress_,
                            .seconds = clock_.seconds(),
                            .episodes = meter_.episodes(),
                            .mean_return = meter_.mean_return(),
                            .mean_length = meter_.mean_length(),
                            .learn = means_[k].take(),
                            .exploration = agent_.exploration(progress_),
                            .agent = agent_,
                            .last = last});
    };
    for_each_due(observers_, steps_before, progress_.env_steps, last, clock_, look);
  }

  // The environment's buffer changes with the next step.
  void keep_observation(ConstMatrixView observation) {
    std::copy_n(observation.data, observation_.size(), observation_.data());
  }

  envs::VecEnv& env_;
  OffPolicyAgent& agent_;
  replay::Replay& replay_;
  const OffPolicyConfig config_;
  const std::span<const Observer> observers_;
  const std::size_t envs_;

  kernels::Tensor observation_;             // (N,O)
  kernels::Tensor next_observation_;        // (N,O) final_observation where an episode ended
  std::vector<std::int32_t> action_;        // (N)
  replay::ReplayBatch batch_, next_batch_;  // the latter for prefetch
  kernels::ThreadTeam team_;                // likewise: who learns and who draws
  kernels::RandomStream warmup_random_;

  Progress progress_;
  std::int64_t last_round_ = 0;  // environment steps at the last round of updates
  EpisodeMeter meter_;
  std::vector<LearnMeans> means_;  // one per observer
  TrainingClock clock_;
};

}  // namespace

void validate(const OffPolicyConfig& c) {
  require(c.total_steps >= 1, "steps", c.total_steps, "at least 1");
  require(c.learning_starts >= 0, "learning_starts", c.learning_starts, "at least 0");
  require(c.train_freq >= 1, "train_freq", c.train_freq, "at least 1");
  require(c.gradient_steps >= -1 && c.gradient_steps != 0, "gradient_steps", c.gradient_steps,
          "at least 1, or -1 for as many as environment steps");
  validate(c.replay);
  const std::size_t buffer_size = c.replay.buffer_size;
  require(c.batch_size >= 1 && c.batch_size <= buffer_size, "batch_size", c.batch_size,
          "in [1, buffer_size=" + std::to_string(buffer_size) + "]");
  if (c.prefetch && c.replay.prioritized) {
    kernels::throw_argument("train",
                            "prefetch true: must be false where replay is prioritized, whose next "
                            "draw depends on the priorities of the batch before");
  }
}

TrainingResult train_off_policy(envs::VecEnv& env, OffPolicyAgent& agent, replay::Replay& replay,
                                const OffPolicyConfig& config, std::uint64_t seed,
                                std::span<const Observer> observers,
                                const std::atomic<bool>* stop) {
  validate(config);
  if (!std::holds_alternative<envs::Discrete>(env.spec().action_space)) {
    kernels::throw_argument("train", env.spec().id +
                                         " has continuous actions: this algorithm "
                                         "needs discrete ones");
  }
  if (env.autoreset_mode() != envs::AutoresetMode::same_step) {
    kernels::throw_argument("train", std::string("autoreset ") + to_string(env.autoreset_mode()) +
                                         ": must be same_step");
  }
  if (!(replay.config() == config.replay) ||
      replay.observation_size() != env.spec().observation_space.size()) {
    kernels::throw_argument("train", "replay: must be made of config.replay, for observations of " +
                                         std::to_string(env.spec().observation_space.size()) +
                                         " numbers");
  }
  validate(observers);
  return OffPolicyLoop(env, agent, replay, config, seed, observers).run(stop);
}

}  // namespace pavlov::agents
