// PrioritizedSampler: which entries of a ring to learn from, and by how much each is over-drawn.
//
// Schaul et al. 2016 (arXiv:1511.05952), proportional variant, sec. 3.3-3.4:
//
//   p = |delta| + epsilon    P(i) = p_i^alpha / sum_k p_k^alpha    w_i = (N P(i))^-beta / max w
//
// A new entry gets the largest priority, so that it is seen soon. Differs from the paper and from
// OpenAI Baselines: that largest priority is one of reported priorities, 1 only until the first
// report, and it is kept before the exponent, so alpha is never applied twice; what it ranges over
// is an option. A report about an entry that has been overwritten since it was drawn is dropped:
// entries carry serial numbers.
//
// Shapes: C entries of the ring, B batch. Complexity: add and update O(B log_8 C), sample likewise.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/state_io.h"
#include "pavlov/replay/group_tree.h"
#include "pavlov/replay/sum_tree.h"

namespace pavlov::replay {

// How a batch is drawn: one draw from each of B parts of equal mass (the paper), or B free draws.
enum class Draws : std::uint8_t { stratified, independent };

// The largest priority: of all reports so far; of the entries that the ring still holds, as last
// reported; of all reports, an old one shrinking with every batch of reports.
enum class MaxPriority : std::uint8_t { ever, in_buffer, decayed };

// What importance weights are divided by: the largest of the batch (Rainbow, Dopamine), or the
// largest any entry would get (OpenAI Baselines), which the least likely entry sets.
enum class WeightNorm : std::uint8_t { batch_max, global_min };

struct PriorityConfig {
  double alpha = 0.6;              // exponent of priorities, [0, 1]; 0: uniform chances (paper)
  double beta = 0.4;               // exponent of weights at the start of a run, [0, 1] (paper)
  double beta_final = 1.0;         // at its end, reached linearly, [0, 1] (paper)
  double priority_epsilon = 1e-6;  // added to |delta|, [1e-30, 1] (OpenAI Baselines)
  Draws draws = Draws::stratified;
  MaxPriority max_priority = MaxPriority::ever;
  double max_priority_decay = 0.999;  // factor per batch of reports where `decayed`, [0, 1]
  WeightNorm weight_norm = WeightNorm::batch_max;

  bool operator==(const PriorityConfig&) const = default;
};

// Throws std::invalid_argument "[replay] <field> <value>: must be ..." for the first field outside
// its range.
void validate(const PriorityConfig& config);

class PrioritizedSampler {
 public:
  // For a ring of `capacity` in [1, 2^31] entries; else std::invalid_argument.
  PrioritizedSampler(const PriorityConfig& config, std::size_t capacity);

  std::size_t capacity() const { return tree_.size(); }
  std::size_t size() const;  // entries in the ring
  std::size_t head() const { return static_cast<std::size_t>(added_ % capacity()); }  // next entry
  // p^alpha of an entry; 0 where the ring has none yet.
  double mass(std::size_t entry) const { return tree_.weight(entry); }
  // Priority that the next entry gets, before the exponent.
  double new_priority() const;
  // The exponent of weights at `progress` in [0, 1] of a run.
  double beta(double progress) const;

  // The ring has taken `count` <= capacity() further entries, the oldest ones giving way.
  void add(std::size_t count);

  // Draws entry (B) with replacement, with weight (B) in (0, 1]; serial (B) is what update() wants.
  // Throws std::invalid_argument where the ring is empty or the lengths differ.
  void sample(kernels::RandomStream& random, double beta, std::span<std::uint32_t> entry,
              std::span<std::uint64_t> serial, std::span<float> weight);

  // Reports |delta| (B), finite and >= 0, for drawn entries; of an entry named twice the last
  // report stands. Throws std::invalid_argument for other values, and nothing changes.
  void update(std::span<const std::uint64_t> serial, std::span<const float> priority);

  // All that further draws depend on, but the random stream. load() throws std::runtime_error for
  // a state that no sampler of this configuration can have; the sampler is then unchanged.
  void save(kernels::StateWriter& out) const;
  void load(kernels::StateReader& in);

 private:
  void set_mass(std::span<const std::uint32_t> entry, std::span<const double> mass);
  template <class Take>
  void load_column(kernels::StateReader& in, Take take);

  PriorityConfig config_;
  SumTree tree_;                               // p^alpha
  std::unique_ptr<GroupTree<Least>> least_;    // the same, where weights are divided by global_min
  std::unique_ptr<GroupTree<Most>> reported_;  // p as reported; 0: not yet; where in_buffer
  std::uint64_t added_ = 0;    // entries so far: serial numbers, and entry = serial mod capacity
  double max_reported_ = 0.0;  // p; ever or decayed; 0: no report yet
  // Of one call; they grow to the largest batch and stay.
  std::vector<std::uint32_t> entry_;
  std::vector<double> value_, raw_;
};

}  // namespace pavlov::replay
