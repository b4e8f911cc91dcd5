#include "pavlov/apps/viewer/watched_env.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t kWindow = 100;  // episodes in the curve of returns
constexpr std::chrono::milliseconds kNap{4};

const envs::ActionView kNoActions{std::span<const std::int32_t>()};

template <class Clock>
typename Clock::duration seconds(double s) {
  return std::chrono::duration_cast<typename Clock::duration>(Seconds(s));
}

}  // namespace

WatchedEnv::WatchedEnv(std::unique_ptr<envs::VecEnv> env, std::int64_t total_steps, Live& live,
                       const std::atomic<bool>* stop)
    : VecEnvWrapper(std::move(env), "watched", ""),
      live_(live),
      stop_(stop),
      total_steps_(total_steps),
      total_(size()),
      step_(size()),
      fresh_(size(), 1),
      ended_(size()) {}

void WatchedEnv::follow(const agents::Agent& agent, std::function<agents::Policy()> policy,
                        std::function<std::string()> save) {
  agent_ = &agent;
  policy_ = std::move(policy);
  save_ = std::move(save);
}

envs::ConstMatrixView WatchedEnv::after_reset(envs::ConstMatrixView observation,
                                              std::span<const std::uint8_t> mask) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (!envs::selects(mask, i)) continue;
    total_[i] = 0.0;
    step_[i] = 0;
    fresh_[i] = 1;
    ended_[i] = 0;
  }
  observation_ = observation;
  return observation;
}

envs::StepView WatchedEnv::step(envs::ActionView actions) {
  if (!watched()) {
    serve_last_wish();
    return inner().step(actions);
  }
  wait_for_turn();
  const envs::StepView step = inner().step(actions);
  account(step, false);
  look(actions, step);
  return step;
}

envs::StepView WatchedEnv::step_running(envs::ActionView actions) {
  if (!watched()) {
    serve_last_wish();
    return inner().step_running(actions);
  }
  wait_for_turn();
  const envs::StepView step = inner().step_running(actions);
  account(step, true);
  look(actions, step);
  return step;
}

// `resting`: environments whose episode has ended took no step.
void WatchedEnv::account(const envs::StepView& step, bool resting) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (resting && ended_[i] != 0) continue;
    if (fresh_[i] != 0) {
      total_[i] = 0.0;
      step_[i] = 0;
      fresh_[i] = 0;
    }
    total_[i] += step.reward[i];
    ++step_[i];
    ++steps_;
    if (step.terminated[i] == 0 && step.truncated[i] == 0) continue;
    if (recent_.size() < kWindow) {
      recent_.push_back(total_[i]);
    } else {
      recent_[static_cast<std::size_t>(episodes_) % kWindow] = total_[i];
    }
    ++episodes_;
    fresh_[i] = resting ? 0 : 1;
    ended_[i] = resting ? 1 : 0;
  }
}

// Stays here while the user wants the training to stand, or to go slowly.
void WatchedEnv::wait_for_turn() {
  Wishes& wishes = live_.wishes;
  const auto stopped = [this] {
    return stop_ != nullptr && stop_->load(std::memory_order_relaxed);
  };
  std::size_t shown = wishes.selected.load(std::memory_order_relaxed);
  while (wishes.watching.load(std::memory_order_relaxed) && !stopped()) {
    const double speed = wishes.speed.load(std::memory_order_relaxed);
    if (wishes.paused.load(std::memory_order_relaxed)) {
      if (wishes.single_steps.load(std::memory_order_relaxed) > 0) {
        wishes.single_steps.fetch_sub(1, std::memory_order_relaxed);
        next_ = Clock::now();  // its result shows at once
        return;
      }
      const std::size_t selected = wishes.selected.load(std::memory_order_relaxed);
      if (selected != shown || wishes.checkpoint.load(std::memory_order_relaxed) ||
          policy_is_due()) {
        shown = selected;
        publish(kNoActions, observation_);
      }
      std::this_thread::sleep_for(kNap);
      continue;
    }
    if (speed <= 0.0) return;
    const int fps = spec().render_fps > 0 ? spec().render_fps : 30;
    const Clock::time_point now = Clock::now();
    const Clock::time_point due = turn_ + seconds<Clock>(1.0 / (fps * speed));
    if (now >= due) {
      turn_ = std::max(due, now - seconds<Clock>(0.1));
      return;
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(due - now, kNap));
  }
}

void WatchedEnv::look(const envs::ActionView& actions, const envs::StepView& step) {
  observation_ = step.observation;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + seconds<Clock>(1.0 / kSnapshotsPerSecond);
  measure_rates(now);
  publish(actions, step.observation);
}

void WatchedEnv::measure_rates(Clock::time_point now) {
  const double passed = Seconds(now - rates_at_).count();
  if (passed < 0.5) return;
  steps_per_second_ = static_cast<double>(steps_ - rate_steps_) / passed;
  updates_per_second_ = static_cast<double>(updates_ - rate_updates_) / passed;
  rates_at_ = now;
  rate_steps_ = steps_;
  rate_updates_ = updates_;
}

// A policy that was to be saved when the window closed is saved.
void WatchedEnv::serve_last_wish() {
  if (live_.wishes.checkpoint.load(std::memory_order_relaxed)) save_if_asked();
}

void WatchedEnv::save_if_asked() {
  if (!live_.wishes.checkpoint.exchange(false, std::memory_order_relaxed) || !save_) return;
  try {
    notice_.text = save_();
  } catch (const std::exception& error) {  // a full disk must not end the run here
    notice_.text = error.what();
  }
  ++notice_.number;
}

bool WatchedEnv::policy_is_due() const {
  return policy_ && live_.wishes.policy.load(std::memory_order_relaxed) &&
         Clock::now() >= policy_at_;
}

void WatchedEnv::serve_wishes() {
  save_if_asked();
  if (!policy_is_due()) return;
  policy_at_ = Clock::now() + seconds<Clock>(0.5);
  live_.policies.draft() = std::make_shared<agents::Policy>(policy_());
  live_.policies.publish();
}

void WatchedEnv::publish(const envs::ActionView& actions, envs::ConstMatrixView observation) {
  // Whatever goes wrong in here, the training goes on.
  try {
    serve_wishes();
    LiveSnapshot& draft = live_.snapshots.draft();
    fill(draft.snapshot, actions, observation);
    draft.notice = notice_;
    live_.snapshots.publish();
    ++published_;
  } catch (const std::exception& error) {
    live_.wishes.watching = false;
    spdlog::warn("{}; the training goes on unwatched", error.what());
  }
}

void WatchedEnv::fill(Snapshot& s, const envs::ActionView& actions,
                      envs::ConstMatrixView observation) {
  const std::size_t count = std::min(size(), kMostTiles);
  s.environments = size();
  s.tiles.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    Tile& tile = s.tiles[i];
    const bool acts = fresh_[i] == 0 && ended_[i] == 0;
    if (!inner().draw(i, acts ? actions : kNoActions, tile.picture)) tile.picture.start(0, 0, {});
    // A new episode has begun with the end of the last one: what shows is its first state.
    tile.step = fresh_[i] != 0 ? 0 : step_[i];
    tile.total = fresh_[i] != 0 ? 0.0 : total_[i];
    tile.action = acts && i < actions.discrete().size() ? actions.discrete()[i] : -1;
    tile.end = ended_[i] != 0 ? Tile::End::terminated : Tile::End::running;
  }
  s.selected = std::min(live_.wishes.selected.load(std::memory_order_relaxed), count - 1);
  s.steps = std::min(steps_, total_steps_);
  s.total_steps = total_steps_;
  s.updates = updates_;
  s.episodes = episodes_;
  seconds_ = finished_ ? seconds_ : Seconds(Clock::now() - start_).count();
  s.seconds = seconds_;
  s.steps_per_second = steps_per_second_;
  s.updates_per_second = updates_per_second_;
  s.finished = finished_;
  if (s.curves_version != curves_version_) {
    s.curves = curves_;
    s.curves_version = curves_version_;
  }
  if (agent_ != nullptr && observation.rows > s.selected) {
    mind_.consider(agent_->network(), agent_->action_head(), agent_->observation_normalization(),
                   observation.row(s.selected), s.opinion);
  }
}

agents::Observer WatchedEnv::observer() {
  // About two thousand points per run before they are merged.
  const std::int64_t interval = std::clamp<std::int64_t>(total_steps_ / 2000, 50, 100000);
  return {interval, [this](const agents::TrainingSnapshot& training) { note(training); }};
}

void WatchedEnv::note(const agents::TrainingSnapshot& training) {
  if (!watched()) return;
  const auto x = static_cast<double>(training.progress.env_steps);
  const bool learned = training.progress.updates > updates_;
  updates_ = training.progress.updates;
  if (!recent_.empty()) {
    double sum = 0.0, squares = 0.0;
    for (const double r : recent_) sum += r;
    const double mean = sum / static_cast<double>(recent_.size());
    for (const double r : recent_) squares += (r - mean) * (r - mean);
    const double spread = std::sqrt(squares / static_cast<double>(recent_.size()));
    curves_.returns.add({x, mean, mean - spread, mean + spread});
  }
  if (const agents::PolicyGradientStats* stats = training.policy_gradient) {
    curves_.exploration_name = "entropy";
    curves_.value_name = "explained variance";
    curves_.loss_name = "value loss";
    if (learned) {
      curves_.loss.add(x, stats->value_loss);
      curves_.value.add(x, stats->explained_variance);
      curves_.exploration.add(x, stats->entropy);
    }
  } else {
    if (learned) {
      curves_.loss.add(x, training.learn.loss);
      curves_.value.add(x, training.learn.mean_value);
    }
    curves_.exploration.add(x, training.exploration);
  }
  if (steps_per_second_ > 0.0) curves_.speed.add(x, steps_per_second_);
  ++curves_version_;
}

void WatchedEnv::add_evaluation(std::int64_t steps, double mean) {
  curves_.evaluation.add(static_cast<double>(steps), mean);
  ++curves_version_;
}

void WatchedEnv::finish() {
  finished_ = true;
  if (!watched()) return;
  live_.wishes.policy = true;  // the last one may still be played
  policy_at_ = {};
  publish(kNoActions, observation_);
}

}  // namespace pavlov::apps
