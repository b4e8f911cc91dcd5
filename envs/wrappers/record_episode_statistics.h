// RecordEpisodeStatistics: return, length and duration of every episode, as it ends.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/vector/common.py. The return is the plain sum of the
// rewards that pass through this wrapper: wrap it around the environment before the reward is
// normalized. In next_step mode the step that resets belongs to no episode; in same_step mode the
// ending step is the last of its episode and the next step the first of the next.
// Inside RepeatAction the buffers show the last repeat alone; the queues have all episodes.
// Differs: a masked reset begins the episodes of its rows anew. So Gymnasium means it, but behind
// SyncVectorEnv 1.4 its wrapper never sees the mask and begins all of them. What Gymnasium puts
// into the dictionary `info` are buffers here, valid until the next call. Archives carry no times:
// after load() the time of running episodes counts from the load, and time_queue is empty.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/envs/wrappers/episode_rows.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

namespace pavlov::envs {

struct RecordEpisodeStatisticsConfig {
  std::size_t buffer_length = 100;     // episodes that the queues remember, in [1, 2^20]
  std::function<double()> clock = {};  // seconds from any fixed moment; default: a steady clock
};

class RecordEpisodeStatistics final : public VecEnvWrapper {
 public:
  // Throws std::invalid_argument for a buffer_length out of range.
  explicit RecordEpisodeStatistics(std::unique_ptr<VecEnv> env,
                                   const RecordEpisodeStatisticsConfig& config = {});

  // Of the last step, (N) each; 0 in rows where no episode ended on it.
  std::span<const std::uint8_t> episode_ended() const { return episode_ended_; }
  std::span<const double> episode_return() const { return episode_return_; }
  std::span<const std::int64_t> episode_length() const { return episode_length_; }  // steps
  std::span<const double> episode_time() const { return episode_time_; }  // s, to a microsecond

  // The last episodes, oldest first; on one step in the order of the environments.
  std::vector<double> return_queue() const;
  std::vector<std::int64_t> length_queue() const;
  std::vector<double> time_queue() const;
  // Episodes that have ended, in a loaded state those before its save included.
  std::int64_t episode_count() const { return episode_count_; }

 protected:
  ConstMatrixView after_reset(ConstMatrixView observation,
                              std::span<const std::uint8_t> mask) override;
  StepView after_step(const StepView& step) override;
  void save_state(StateWriter& out) const override;
  void load_state(StateReader& in) override;
  void loaded() override;

 private:
  void begin_episode(std::size_t i, double now);
  void end_episode(std::size_t i, double now);
  void clear_shown();
  // The newest `count` entries of a ring of which queue_end_ is the end.
  template <class T>
  std::vector<T> in_order(const std::vector<T>& ring, std::size_t count) const;

  std::function<double()> clock_;
  EpisodeRows rows_;
  bool shown_ = false;                  // an entry of the buffers of the last step is not 0
  std::vector<double> running_return_;  // (N)
  std::vector<std::int64_t> running_length_;
  std::vector<double> start_time_;
  std::vector<std::uint8_t> episode_ended_;
  std::vector<double> episode_return_;
  std::vector<std::int64_t> episode_length_;
  std::vector<double> episode_time_;

  std::int64_t episode_count_ = 0;
  std::size_t queue_end_ = 0;         // where the next episode goes
  std::size_t queued_ = 0;            // episodes in the rings
  std::size_t timed_ = 0;             // episodes whose time is known
  std::vector<double> return_queue_;  // rings of buffer_length
  std::vector<std::int64_t> length_queue_;
  std::vector<double> time_queue_;
};

}  // namespace pavlov::envs
