// Replay: what an off-policy loop holds. Steps go in, batches come out, priorities come back.
//
// Three parts in a row, each usable by itself: NStep makes transitions of n steps, ReplayBuffer
// keeps the newest `buffer_size` of them, PrioritizedSampler chooses which to learn from. Without
// prioritized sampling every transition has the same chance and weight 1.
//
// One run: start(), then add() per environment step and sample() / update() per gradient update.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/state_io.h"
#include "pavlov/replay/n_step.h"
#include "pavlov/replay/prioritized_sampler.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::replay {

struct ReplayConfig {
  std::size_t buffer_size = 1000000;  // transitions that are kept, [1, 2^31] (SB3)
  ObservationType observation_type = ObservationType::float32;
  std::size_t n_step = 1;    // steps per transition, [1, 65536]; Rainbow takes 3 (SB3: 1)
  bool prioritized = false;  // Schaul et al. 2016; else uniform
  PriorityConfig priority = {};

  bool operator==(const ReplayConfig&) const = default;
};

// Throws std::invalid_argument "[replay] <field> <value>: must be ..." for the first field outside
// its range.
void validate(const ReplayConfig& config);

class Replay {
 public:
  // Empty, for observations of `observation_size` >= 1 numbers. Throws as validate() does.
  Replay(const ReplayConfig& config, std::size_t observation_size);

  const ReplayConfig& config() const { return config_; }
  std::size_t capacity() const { return buffer_.capacity(); }
  std::size_t size() const { return buffer_.size(); }
  std::size_t observation_size() const { return buffer_.observation_size(); }
  const ReplayBuffer& buffer() const { return buffer_; }

  // Begins a run: `envs` environments at the start of an episode, discount gamma in [0, 1], batches
  // drawn from stream "replay" of `seed`. What the buffer holds stays. Throws std::invalid_argument
  // where one step of all environments can complete more transitions than the buffer takes.
  void start(std::size_t envs, double gamma, std::uint64_t seed);

  // One step of every environment; see NStep. Transitions whose window is still open wait outside
  // the buffer. Throws std::invalid_argument before start() and for another shape.
  void add(const Step& step);

  // Fills `batch`, drawn with replacement, at `progress` in [0, 1] of the run, on which the
  // exponent of importance weights depends. Throws std::invalid_argument where the buffer is empty
  // or `batch` has another observation size.
  void sample(double progress, ReplayBatch& batch);

  // Takes the priorities of a batch that sample() gave out, nothing where sampling is uniform. Of a
  // transition that is twice in the batch the last priority stands; of one that was overwritten
  // meanwhile none. Throws std::invalid_argument for a priority that is negative or not finite.
  void update(const ReplayBatch& batch);

  // Everything: transitions, write head, open windows, priorities, the random stream. A loaded
  // replay continues bit for bit, without start(). load() throws std::runtime_error for a state of
  // another configuration, or a truncated or damaged one; the replay is then unchanged. It needs
  // the memory of a second replay meanwhile.
  void save(kernels::StateWriter& out) const;
  void load(kernels::StateReader& in);

 private:
  ReplayConfig config_;
  ReplayBuffer buffer_;
  std::unique_ptr<NStep> windows_;               // from start() on
  std::unique_ptr<PrioritizedSampler> sampler_;  // null: uniform
  std::uint64_t seed_ = 0;
  kernels::RandomStream random_;
};

}  // namespace pavlov::replay
