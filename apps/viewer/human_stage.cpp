#include "pavlov/apps/viewer/human_stage.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "pavlov/apps/viewer/labels.h"
#include "pavlov/apps/viewer/subject.h"

namespace pavlov::apps {
namespace {

// The discrete action that the held directions ask for. CartPole cannot rest: without a key it
// pushes by turns, which comes to nothing.
std::int32_t discrete_action(const std::string& id, const Held& held, std::int64_t step) {
  if (id.starts_with("LunarLander")) return held.up ? 2 : held.left ? 1 : held.right ? 3 : 0;
  if (id.starts_with("CartPole")) {
    if (held.left != held.right) return held.left ? 0 : 1;
    return static_cast<std::int32_t>(step % 2);
  }
  if (held.left == held.right) return 1;  // Acrobot, MountainCar
  return held.left ? 0 : 2;
}

void continuous_action(const std::string& id, const Held& held, const envs::Box& space,
                       std::vector<float>& action) {
  const float across = static_cast<float>(held.right) - static_cast<float>(held.left);
  if (id.starts_with("LunarLander")) {
    action[0] = held.up ? 1.0f : -1.0f;
    action[1] = across;
    return;
  }
  for (std::size_t k = 0; k < action.size(); ++k) {
    const float towards = id.starts_with("Pendulum") ? -across : across;  // positive turns left
    action[k] = towards >= 0.0f ? towards * space.high[k] : -towards * space.low[k];
  }
}

}  // namespace

HumanStage::HumanStage(std::unique_ptr<envs::VecEnv> yours, std::unique_ptr<envs::VecEnv> theirs,
                       std::shared_ptr<agents::Policy> policy, std::uint64_t seed)
    : env_(std::move(yours)),
      policy_(std::move(policy)),
      seed_(seed),
      subject_(make_subject(env_->spec(), "you", "")),
      pace_(subject_.fps) {
  if (policy_ != nullptr) {
    agent_ = std::make_unique<Player>(policy_, std::move(theirs), seed);
    agent_->keep_ended();
    subject_.algorithm = "you and " + policy_->origin().algorithm;
  }
  observation_.resize(env_->spec().observation_space.size());
  const auto* box = std::get_if<envs::Box>(&env_->spec().action_space);
  if (box == nullptr) {
    discrete_.resize(1);
  } else {
    continuous_.resize(box->size());
  }
  snapshot_.tiles.resize(policy_ == nullptr ? 1 : 2);
  snapshot_.environments = snapshot_.tiles.size();
  start(seed);
}

void HumanStage::start(std::uint64_t seed) {
  seed_ = seed;
  const auto observation = env_->reset(seed).row(0);
  std::ranges::copy(observation, observation_.begin());
  if (agent_ != nullptr) agent_->restart(seed);
  step_ = 0;
  total_ = 0.0;
  end_ = Tile::End::running;
  begun_ = false;
  counted_ = false;
  subject_.detail = "seed " + std::to_string(seed);
  choose_action();
}

void HumanStage::hold(const Held& held) {
  held_ = held;
  if (!(held == Held())) begun_ = true;
}

void HumanStage::choose_action() {
  const std::string& id = env_->spec().id;
  if (!discrete_.empty()) {
    discrete_[0] = discrete_action(id, held_, step_);
  } else {
    continuous_action(id, held_, std::get<envs::Box>(env_->spec().action_space), continuous_);
  }
}

envs::ActionView HumanStage::action() const {
  if (!discrete_.empty()) return discrete_;
  return envs::ConstMatrixView(continuous_.data(), 1, continuous_.size());
}

bool HumanStage::over() const {
  return end_ != Tile::End::running && (agent_ == nullptr || agent_->ended(0));
}

void HumanStage::step() {
  if (end_ == Tile::End::running) {
    choose_action();
    const envs::StepView result = env_->step(action());
    std::ranges::copy(result.observation.row(0), observation_.begin());
    ++step_;
    total_ += result.reward[0];
    end_ = end_of(result.terminated[0], result.truncated[0]);
  }
  if (agent_ != nullptr) agent_->step();
  if (over() && agent_ != nullptr && !counted_) {
    counted_ = true;
    (total_ > agent_->total(0) ? won_ : lost_) += total_ == agent_->total(0) ? 0 : 1;
  }
}

void HumanStage::show() {
  if (agent_ != nullptr) {
    // The player fills the first tile and its opinion; yours comes before it.
    const std::size_t selected = snapshot_.selected;
    snapshot_.tiles.resize(1);
    snapshot_.selected = 0;
    agent_->show(snapshot_);
    snapshot_.tiles[0].label = "agent";
    snapshot_.tiles.push_back(snapshot_.tiles[0]);
    snapshot_.environments = 2;
    snapshot_.selected = std::min<std::size_t>(selected, 1);
    if (snapshot_.selected == 0) {
      mind_.consider(policy_->network(), policy_->action_head(),
                     policy_->observation_normalization(), observation_, snapshot_.opinion);
    }
  }
  Tile& you = snapshot_.tiles[0];
  const bool acts = step_ > 0 && end_ == Tile::End::running;
  env_->draw(0, acts ? action() : envs::ActionView(std::span<const std::int32_t>()), you.picture);
  you.label = "you";
  you.step = step_;
  you.total = total_;
  you.end = end_;
  you.action = discrete_.empty() ? -1 : discrete_[0];
  snapshot_.steps = step_;
  snapshot_.total_steps = env_->spec().max_episode_steps;
  snapshot_.seconds = static_cast<double>(step_) / subject_.fps;
  snapshot_.finished = over();
}

const Snapshot& HumanStage::advance(double now) {
  const std::int64_t due = pace_.due(now);
  if (begun_ && !over()) {
    for (std::int64_t k = 0; k < due; ++k) step();
  }
  show();
  return snapshot_;
}

std::string HumanStage::handle(Command command) {
  if (command == Command::restart) start(over() ? seed_ + 1 : seed_);
  // The arrow of single steps steers, as do letters.
  if (command != Command::step) pace_.handle(command);
  return "";
}

std::vector<KeyHint> HumanStage::keys() const {
  std::vector<KeyHint> keys = {{"← →", "steer", "Left, right; also a d, and a gamepad"}};
  if (env_->spec().id.starts_with("LunarLander")) {
    keys.push_back({"↑", "main engine", "Main engine; also w, and button A"});
  }
  keys.push_back({"enter", "again", "Again, after its end the next one; also button start"});
  keys.push_back({"space", "pause", "Pause, and go on"});
  keys.push_back({"[ ]", "speed", "Slower, faster; also - and +"});
  return keys;
}

std::string HumanStage::status(bool& attention) const {
  attention = true;
  if (pace_.paused()) return "paused";
  if (!begun_) return "steer to begin";
  if (over()) {
    if (agent_ == nullptr) return "return " + signed_number(total_, true) + " · enter: next";
    const char* verdict = total_ > agent_->total(0)   ? "you win"
                          : total_ < agent_->total(0) ? "the agent wins"
                                                      : "a draw";
    return std::string(verdict) + " · enter: next";
  }
  attention = false;
  if (agent_ == nullptr) return pace_.text();
  return "you " + std::to_string(won_) + " : " + std::to_string(lost_) + " agent";
}

}  // namespace pavlov::apps
