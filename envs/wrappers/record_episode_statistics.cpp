#include "pavlov/envs/wrappers/record_episode_statistics.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

constexpr const char* kName = "RecordEpisodeStatistics";
constexpr std::size_t kLongest = std::size_t{1} << 20;

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::size_t checked_length(std::size_t length) {
  kernels::require(length >= 1 && length <= kLongest, kName, "buffer_length", length,
                   "in [1, 1048576]");
  return length;
}

void load_lengths(StateReader& in, std::span<std::int64_t> lengths) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;  // leaves room to count on
  in.get(lengths);
  for (const std::int64_t length : lengths) {
    in.require(length >= 0 && length <= kMost, "episode length", length, "in [0, 2^62]");
  }
}

}  // namespace

RecordEpisodeStatistics::RecordEpisodeStatistics(std::unique_ptr<VecEnv> env,
                                                 const RecordEpisodeStatisticsConfig& config)
    : VecEnvWrapper(std::move(env), kName,
                    "buffer_length=" + std::to_string(checked_length(config.buffer_length))),
      clock_(config.clock ? config.clock : steady_seconds),
      rows_(size(), autoreset_mode()),
      running_return_(size(), 0.0),
      running_length_(size(), 0),
      start_time_(size(), 0.0),
      episode_ended_(size(), 0),
      episode_return_(size(), 0.0),
      episode_length_(size(), 0),
      episode_time_(size(), 0.0),
      return_queue_(config.buffer_length, 0.0),
      length_queue_(config.buffer_length, 0),
      time_queue_(config.buffer_length, 0.0) {}

template <class T>
std::vector<T> RecordEpisodeStatistics::in_order(const std::vector<T>& ring,
                                                 std::size_t count) const {
  std::vector<T> values;
  const std::size_t first = queue_end_ + ring.size() - count;
  for (std::size_t k = 0; k < count; ++k) values.push_back(ring[(first + k) % ring.size()]);
  return values;
}

std::vector<double> RecordEpisodeStatistics::return_queue() const {
  return in_order(return_queue_, queued_);
}
std::vector<std::int64_t> RecordEpisodeStatistics::length_queue() const {
  return in_order(length_queue_, queued_);
}
std::vector<double> RecordEpisodeStatistics::time_queue() const {
  return in_order(time_queue_, timed_);
}

ConstMatrixView RecordEpisodeStatistics::after_reset(ConstMatrixView observation,
                                                     std::span<const std::uint8_t> mask) {
  const double now = clock_();
  for (std::size_t i = 0; i < size(); ++i) {
    if (selects(mask, i)) begin_episode(i, now);
  }
  rows_.note_reset(mask);
  clear_shown();
  return observation;
}

StepView RecordEpisodeStatistics::after_step(const StepView& step) {
  clear_shown();
  double now = 0.0;
  bool looked = false;  // at the clock: only where an episode begins or ends
  const auto look = [&] {
    if (!looked) now = clock_();
    looked = true;
  };
  // Every row is counted; the few that were not stepped, whose reward is 0, are put right.
  const std::span<double> returns = running_return_;
  const std::span<std::int64_t> lengths = running_length_;
  for (std::size_t i = 0; i < returns.size(); ++i) {
    returns[i] += step.reward[i];
    ++lengths[i];
  }
  rows_.for_each_idle([&](std::size_t i) {
    if (rows_.resting(i)) {
      --lengths[i];
    } else {
      look();
      begin_episode(i, now);
    }
  });
  for_each_ended(step, [&](std::size_t i) {
    look();
    end_episode(i, now);
    if (rows_.mode() == AutoresetMode::same_step) begin_episode(i, now);
  });
  rows_.note(step);
  return step;
}

void RecordEpisodeStatistics::begin_episode(std::size_t i, double now) {
  running_return_[i] = 0.0;
  running_length_[i] = 0;
  start_time_[i] = now;
}

void RecordEpisodeStatistics::end_episode(std::size_t i, double now) {
  shown_ = true;
  episode_ended_[i] = 1;
  episode_return_[i] = running_return_[i];
  episode_length_[i] = running_length_[i];
  episode_time_[i] = std::rint((now - start_time_[i]) * 1e6) / 1e6;
  ++episode_count_;

  const std::size_t capacity = return_queue_.size();
  return_queue_[queue_end_] = episode_return_[i];
  length_queue_[queue_end_] = episode_length_[i];
  time_queue_[queue_end_] = episode_time_[i];
  queue_end_ = queue_end_ + 1 == capacity ? 0 : queue_end_ + 1;
  queued_ = std::min(queued_ + 1, capacity);
  timed_ = std::min(timed_ + 1, capacity);
}

void RecordEpisodeStatistics::clear_shown() {
  if (!shown_) return;
  shown_ = false;
  std::fill(episode_ended_.begin(), episode_ended_.end(), 0);
  std::fill(episode_return_.begin(), episode_return_.end(), 0.0);
  std::fill(episode_length_.begin(), episode_length_.end(), 0);
  std::fill(episode_time_.begin(), episode_time_.end(), 0.0);
}

void RecordEpisodeStatistics::save_state(StateWriter& out) const {
  rows_.save(out);
  out.put(std::span<const double>(running_return_));
  out.put(std::span<const std::int64_t>(running_length_));
  out.put(episode_count_);
  out.put(static_cast<std::uint64_t>(queue_end_));
  out.put(static_cast<std::uint64_t>(queued_));
  out.put(std::span<const double>(return_queue_));
  out.put(std::span<const std::int64_t>(length_queue_));
}

void RecordEpisodeStatistics::load_state(StateReader& in) {
  rows_.load(in);
  in.get(std::span<double>(running_return_));
  load_lengths(in, running_length_);
  episode_count_ = in.get<std::int64_t>();
  const auto end = in.get<std::uint64_t>();
  const auto queued = in.get<std::uint64_t>();
  const std::size_t capacity = return_queue_.size();
  in.require(episode_count_ >= 0, "episode_count", episode_count_, "at least 0");
  in.require(end < capacity, "end of the queues", end, "less than buffer_length");
  in.require(queued <= capacity, "length of the queues", queued, "at most buffer_length");
  in.get(std::span<double>(return_queue_));
  load_lengths(in, length_queue_);
  queue_end_ = end;
  queued_ = queued;
}

void RecordEpisodeStatistics::loaded() {
  timed_ = 0;
  std::fill(start_time_.begin(), start_time_.end(), clock_());
  clear_shown();
}

}  // namespace pavlov::envs
