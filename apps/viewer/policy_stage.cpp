#include "pavlov/apps/viewer/policy_stage.h"

#include <utility>

#include "pavlov/apps/viewer/subject.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

std::shared_ptr<agents::Policy> first_of(const std::vector<Version>& versions, std::size_t shown) {
  kernels::require(shown < versions.size(), "watch", "version", shown, "one of the run's");
  return versions[shown].policy;
}

}  // namespace

PolicyStage::PolicyStage(std::vector<Version> versions, std::size_t shown,
                         std::unique_ptr<envs::VecEnv> env, std::uint64_t seed)
    : versions_(std::move(versions)),
      shown_(shown),
      player_(first_of(versions_, shown), std::move(env), seed),
      subject_(make_subject(player_.env().spec(), versions_[shown].policy->origin().algorithm, "")),
      pace_(subject_.fps) {
  show_version(shown);
}

void PolicyStage::show_version(std::size_t index) {
  shown_ = index;
  player_.replace(versions_[index].policy);
  subject_.detail = versions_[index].name;
  if (versions_.size() > 1) {
    subject_.detail +=
        " (" + std::to_string(index + 1) + " of " + std::to_string(versions_.size()) + ")";
  }
}

const Snapshot& PolicyStage::advance(double now) {
  const std::int64_t due = pace_.due(now);
  for (std::int64_t k = 0; k < due; ++k) player_.step();
  player_.show(snapshot_);
  return snapshot_;
}

std::string PolicyStage::handle(Command command) {
  const std::size_t last = versions_.size() - 1;
  const auto to_version = [&](std::size_t index) {
    show_version(index);
    player_.restart();
    return std::string();
  };
  if (pace_.handle(command)) return "";
  switch (command) {
    case Command::restart:
      player_.restart();
      break;
    case Command::back:
      return shown_ > 0 ? to_version(shown_ - 1) : "this is the first policy";
    case Command::forward:
      return shown_ < last ? to_version(shown_ + 1) : "this is the last policy";
    case Command::first:
      return to_version(0);
    case Command::last:
      return to_version(last);
    default:  // nothing here
      break;
  }
  return "";
}

std::vector<KeyHint> PolicyStage::keys() const {
  std::vector<KeyHint> keys = {{"space", "pause", "Pause, and go on"},
                               {"→", "step", "One step, then pause"},
                               {"[ ]", "speed", "Slower, faster; also - and +"},
                               {"tab", "next", "Follow the next environment; or click on it"},
                               {"enter", "restart", "All episodes anew"}};
  if (versions_.size() > 1) {
    keys.push_back({", .", "history", "An earlier, a later policy of this run"});
    keys.push_back({"home end", "ends", "The first, the last policy", false});
  }
  return keys;
}

std::string PolicyStage::status(bool& attention) const {
  attention = pace_.paused();
  return pace_.text();
}

}  // namespace pavlov::apps
