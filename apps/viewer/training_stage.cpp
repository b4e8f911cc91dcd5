#include "pavlov/apps/viewer/training_stage.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pavlov::apps {
namespace {

struct Speed {
  double factor;  // of real time; 0: as fast as it goes
  const char* name;
};
constexpr std::array kSpeeds = {Speed{0.25, "1/4 x"},  Speed{0.5, "1/2 x"}, Speed{1, "real time"},
                                Speed{2, "2 x"},       Speed{8, "8 x"},     Speed{32, "32 x"},
                                Speed{0, "full speed"}};

constexpr std::uint64_t kGreedySeed = std::uint64_t{3} << 40;  // no training or evaluation sees it

}  // namespace

TrainingStage::TrainingStage(Live& live, Subject subject,
                             std::function<std::unique_ptr<envs::VecEnv>(std::size_t)> greedy_envs)
    : live_(live),
      subject_(std::move(subject)),
      greedy_envs_(std::move(greedy_envs)),
      speed_(kSpeeds.size() - 1),
      pace_(subject_.fps) {}

const Snapshot& TrainingStage::advance(double now) {
  live_.snapshots.take();
  const LiveSnapshot& live = live_.snapshots.value();
  if (live.notice.number > notice_) {
    notice_ = live.notice.number;
    news_ = live.notice.text;
  }
  if (!greedy_) return live.snapshot;
  play_greedy(now);
  return player_ == nullptr ? live.snapshot : greedy_snapshot_;
}

void TrainingStage::play_greedy(double now) {
  const Snapshot& live = live_.snapshots.value().snapshot;
  if (live_.policies.take()) {
    policy_ = live_.policies.value();
    if (player_ != nullptr) player_->replace(policy_);
  }
  if (player_ == nullptr) {
    if (policy_ == nullptr || live.tiles.empty()) return;
    player_ = std::make_unique<Player>(policy_, greedy_envs_(live.tiles.size()), kGreedySeed);
  }
  const std::int64_t due = pace_.due(now);
  for (std::int64_t k = 0; k < due; ++k) player_->step();
  const std::size_t selected = greedy_snapshot_.selected;
  greedy_snapshot_ = live;
  greedy_snapshot_.selected = selected;
  player_->show(greedy_snapshot_);
}

void TrainingStage::change_speed(int by) {
  if (greedy_) {
    by < 0 ? pace_.slower() : pace_.faster();
    return;
  }
  const int last = static_cast<int>(kSpeeds.size()) - 1;
  speed_ = static_cast<std::size_t>(std::clamp(static_cast<int>(speed_) + by, 0, last));
  live_.wishes.speed = kSpeeds[speed_].factor;
}

std::string TrainingStage::handle(Command command) {
  Wishes& wishes = live_.wishes;
  switch (command) {
    case Command::pause:
      wishes.paused = !wishes.paused;
      break;
    case Command::step:
      wishes.paused = true;
      wishes.single_steps.fetch_add(1);
      break;
    case Command::slower:
      change_speed(-1);
      break;
    case Command::faster:
      change_speed(1);
      break;
    case Command::greedy:
      greedy_ = !greedy_;
      wishes.policy = greedy_;
      return greedy_ ? "greedy episodes in real time; the training goes on" : "the training";
    case Command::checkpoint:
      if (live_.snapshots.value().snapshot.finished) return "the run is over: all is saved";
      wishes.checkpoint = true;
      break;
    default:
      break;
  }
  return "";
}

void TrainingStage::select(std::size_t tile) {
  greedy_snapshot_.selected = tile;
  live_.wishes.selected = tile;
}

std::string TrainingStage::news() { return std::exchange(news_, {}); }

std::vector<KeyHint> TrainingStage::keys() const {
  return {{"space", "pause", "Pause the training, and go on"},
          {"→", "step", "One step of the training, then pause"},
          {"[ ]", "speed", "Slower, faster; also - and +"},
          {"tab", "next", "Follow the next environment; or click on it"},
          {"g", "greedy", "Watch greedy episodes, or those of the training"},
          {"c", "checkpoint", "Save the policy now"}};
}

std::string TrainingStage::status(bool& attention) const {
  const Wishes& wishes = live_.wishes;
  attention = wishes.paused;
  if (live_.snapshots.peek().snapshot.finished) return greedy_ ? "greedy" : "finished";
  if (wishes.paused) return "paused";
  return greedy_ ? "greedy · " + pace_.text() : kSpeeds[speed_].name;
}

}  // namespace pavlov::apps
