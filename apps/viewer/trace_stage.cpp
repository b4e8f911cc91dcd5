#include "pavlov/apps/viewer/trace_stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pavlov/apps/viewer/subject.h"

namespace pavlov::apps {

TraceStage::TraceStage(envs::VecEnv& env, const NextAction& next, std::uint64_t seed,
                       std::string detail)
    : subject_(make_subject(env.spec(), "trace", std::move(detail))), pace_(subject_.fps) {
  env.reset(seed);
  envs::ActionView action{std::span<const std::int32_t>()};
  Tile tile;
  tile.label = "recorded";
  env.draw(0, action, tile.picture);
  tiles_.push_back(tile);
  while (tile.end == Tile::End::running && next(action)) {
    const envs::StepView step = env.step(action);
    ++tile.step;
    tile.total += step.reward[0];
    tile.action = action.discrete().empty() ? -1 : action.discrete()[0];
    tile.end = end_of(step.terminated[0], step.truncated[0]);
    env.draw(0, action, tile.picture);
    tiles_.push_back(tile);
  }
  snapshot_.tiles.resize(1);
  snapshot_.environments = 1;
  snapshot_.total_steps = static_cast<std::int64_t>(steps());
  const auto names = subject_.action_names.size();
  if (tile.action >= 0) snapshot_.opinion.score.assign(names, 0.0f);
}

void TraceStage::move(std::int64_t by) {
  const auto last = static_cast<std::int64_t>(steps());
  position_ = static_cast<std::size_t>(
      std::clamp(static_cast<std::int64_t>(position_) + by, std::int64_t{0}, last));
}

void TraceStage::seek(double share) {
  position_ = static_cast<std::size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(steps())));
}

const Snapshot& TraceStage::advance(double now) {
  move(pace_.due(now));
  const Tile& tile = tiles_[position_];
  snapshot_.tiles[0] = tile;
  snapshot_.steps = tile.step;
  snapshot_.seconds = static_cast<double>(tile.step) / subject_.fps;
  snapshot_.finished = position_ == steps();
  // The bars show which action was taken.
  if (!snapshot_.opinion.score.empty()) {
    snapshot_.opinion.kind = Opinion::Kind::probabilities;
    std::ranges::fill(snapshot_.opinion.score, 0.0f);
    snapshot_.opinion.chosen = static_cast<std::size_t>(std::max(tile.action, 0));
    if (tile.action >= 0) snapshot_.opinion.score[snapshot_.opinion.chosen] = 1.0f;
  }
  return snapshot_;
}

std::string TraceStage::handle(Command command) {
  if (command == Command::pause && position_ == steps()) position_ = 0;
  if (pace_.handle(command)) return "";
  switch (command) {
    case Command::back:
      move(-subject_.fps);
      break;
    case Command::forward:
      move(subject_.fps);
      break;
    case Command::first:
    case Command::restart:
      position_ = 0;
      break;
    case Command::last:
      position_ = steps();
      break;
    default:  // nothing here
      break;
  }
  return "";
}

std::vector<KeyHint> TraceStage::keys() const {
  return {{"space", "pause", "Pause, and go on; at the end: again"},
          {"→", "step", "One step, then pause"},
          {", .", "seek", "A second back, a second on; or click on the bar above"},
          {"[ ]", "speed", "Slower, faster; also - and +"},
          {"home end", "ends", "The first, the last step", false}};
}

std::string TraceStage::status(bool& attention) const {
  attention = pace_.paused();
  return position_ == steps() && !pace_.paused() ? "the end" : pace_.text();
}

}  // namespace pavlov::apps
