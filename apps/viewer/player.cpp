#include "pavlov/apps/viewer/player.h"

#include <algorithm>
#include <utility>

#include "pavlov/agents/evaluate.h"

namespace pavlov::apps {

Player::Player(std::shared_ptr<agents::Policy> policy, std::unique_ptr<envs::VecEnv> env,
               std::uint64_t seed)
    : env_(std::move(env)),
      seed_(seed),
      observation_({env_->size(), env_->spec().observation_space.size()}),
      step_(env_->size()),
      total_(env_->size()),
      end_(env_->size()),
      wait_(env_->size()),
      restart_(env_->size()) {
  replace(std::move(policy));
  if (policy_->action_head().continuous()) {
    continuous_ = kernels::Tensor({env_->size(), policy_->actions()});
  } else {
    discrete_.resize(env_->size());
  }
  restart(seed);
}

void Player::replace(std::shared_ptr<agents::Policy> policy) {
  agents::check_fit(*policy, env_->spec());
  policy_ = std::move(policy);
}

void Player::restart(std::uint64_t seed) {
  seed_ = seed;
  const envs::ConstMatrixView observation = env_->reset(seed);
  std::copy_n(observation.data, observation_.size(), observation_.data());
  std::ranges::fill(step_, 0);
  std::ranges::fill(total_, 0.0);
  std::ranges::fill(end_, Tile::End::running);
  returns_.clear();
  acted_ = false;
}

envs::ActionView Player::act() {
  if (continuous_.empty()) {
    policy_->act(observation_.matrix(), discrete_);
    return discrete_;
  }
  policy_->act(observation_.matrix(), continuous_.matrix());
  return envs::ConstMatrixView(continuous_.matrix());
}

// New episodes where the last one has been in sight for long enough.
void Player::start_waiting() {
  if (keep_ended_) return;
  bool any = false;
  for (std::size_t i = 0; i < end_.size(); ++i) {
    restart_[i] = end_[i] != Tile::End::running && --wait_[i] <= 0 ? 1 : 0;
    if (restart_[i] == 0) continue;
    any = true;
    step_[i] = 0;
    total_[i] = 0.0;
    end_[i] = Tile::End::running;
  }
  if (!any) return;
  const envs::ConstMatrixView observation = env_->reset(restart_);
  std::copy_n(observation.data, observation_.size(), observation_.data());
}

void Player::step() {
  start_waiting();
  const envs::StepView step = env_->step_running(act());
  acted_ = true;
  std::copy_n(step.observation.data, observation_.size(), observation_.data());
  const std::int64_t in_sight = std::max(env_->spec().render_fps * 2 / 3, 10);
  for (std::size_t i = 0; i < end_.size(); ++i) {
    if (end_[i] != Tile::End::running) continue;
    ++step_[i];
    total_[i] += step.reward[i];
    end_[i] = end_of(step.terminated[i], step.truncated[i]);
    if (end_[i] == Tile::End::running) continue;
    wait_[i] = in_sight;
    returns_.push_back(total_[i]);
  }
}

void Player::show(Snapshot& snapshot) {
  const std::size_t count = env_->size();
  snapshot.tiles.resize(count);
  snapshot.environments = count;
  snapshot.selected = std::min(snapshot.selected, count - 1);
  for (std::size_t i = 0; i < count; ++i) {
    Tile& tile = snapshot.tiles[i];
    // Engines of an environment that rests or has just begun are off.
    const bool acts = acted_ && step_[i] > 0 && end_[i] == Tile::End::running;
    envs::ActionView last{std::span<const std::int32_t>()};
    if (acts && continuous_.empty()) last = discrete_;
    if (acts && !continuous_.empty()) last = envs::ConstMatrixView(continuous_.matrix());
    if (!env_->draw(i, last, tile.picture)) tile.picture.start(0, 0, {});
    tile.step = step_[i];
    tile.total = total_[i];
    tile.end = end_[i];
    tile.action = acts && continuous_.empty() ? discrete_[i] : -1;
  }
  mind_.consider(policy_->network(), policy_->action_head(), policy_->observation_normalization(),
                 observation_.matrix().row(snapshot.selected), snapshot.opinion);
}

}  // namespace pavlov::apps
