// BatchEnv: what all batch environments share, so that a concrete one is physics and nothing else.
//
// It owns the buffers, one random stream per environment, the step counter, the time limit, the
// three autoreset modes, validation, threads and archives. A concrete environment supplies four
// functions on rows: reset, step, save, load.
//
// Rows are dealt out to workers in blocks of R = block_rows() rows, 64 where a step takes
// nanoseconds and fewer where it takes long. Truth values inside are one 64-bit word per block, bit
// r for row R b + r, so a step costs a few instructions per block for all of the bookkeeping, and
// work per row only in rows whose episode ends. No result depends on the number of workers. Buffers
// are 64-byte aligned and padded to whole blocks; padding rows may be written, never read by a
// caller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/env.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/kernels/thread_team.h"

namespace pavlov::envs {

class BatchEnv : public VecEnv {
 public:
  BatchEnv(const BatchEnv&) = delete;
  BatchEnv& operator=(const BatchEnv&) = delete;

  const EnvSpec& spec() const final { return spec_; }
  std::size_t size() const final { return num_envs_; }
  AutoresetMode autoreset_mode() const final { return mode_; }

  using VecEnv::reset;
  ConstMatrixView reset(std::span<const std::uint64_t> seeds) final;
  ConstMatrixView reset() final;
  ConstMatrixView reset(std::span<const std::uint8_t> mask) final;
  StepView step(ActionView actions) final;
  StepView step_running(ActionView actions) final;
  void save(StateWriter& out) const final;
  void load(StateReader& in) final;

  static constexpr std::size_t kBlock = 64;  // rows of a block, unless the constructor says less

  // For concrete environments: truth values of R rows, bit r is row R b + r.
  struct Block {
    std::uint64_t terminated = 0, truncated = 0;  // by the last step, without the time limit
    std::uint64_t resting = 0;                    // ended, not yet reset (next_step, disabled)
    std::uint64_t shown = 0;                      // a flag is set in the buffers
    std::int64_t earliest = 0;                    // lower bound of the deadlines, see below
  };

 protected:
  // Takes id, spaces and limit from `spec`; options.max_episode_steps > 0 overrides the limit.
  // `configuration` names every option that decides what a state means: archives carry it.
  // `block_rows`: a power of two up to kBlock. Throws std::invalid_argument for options out of
  // range.
  BatchEnv(EnvSpec spec, const VecOptions& options, std::string configuration,
           std::size_t block_rows = kBlock);

  // Starts an episode in each of `rows`: draws from random(row), sets the state, writes the
  // observation row. Called by several workers at once, for rows of their own.
  virtual void reset_rows(std::span<const std::uint32_t> rows) = 0;

  // Steps `rows`, which begin at a multiple of block_rows(): state, observation(), reward(), and
  // the words `terminated` and, where it has truncations of its own, `truncated` of each of their
  // blocks. Rows in `resting` wait for their reset: what is computed there is discarded, but
  // no number may be drawn for them.
  virtual void step_rows(kernels::RowRange rows, const ActionView& actions) = 0;

  // After a step in which `rows` were resting and will be again: for environments whose states,
  // when stepped on and on after the end, would leave the range in which a step is defined. Called
  // by several workers at once, for rows of their own.
  virtual void park_rows(std::span<const std::uint32_t> rows);

  // The concrete state, in an order of its own. load_rows may throw at any point.
  virtual void save_rows(StateWriter& out) const = 0;
  virtual void load_rows(StateReader& in) = 0;

  std::size_t block_rows() const { return block_rows_; }
  std::size_t padded_rows() const { return blocks_.size() * block_rows_; }
  float* observation() { return observation_.data(); }  // (padded N, O)
  double* reward() { return reward_.data(); }
  Block* blocks() { return blocks_.data(); }
  kernels::Pcg64& random(std::size_t row) { return random_[row]; }

 private:
  bool valid(const ActionView& actions) const;
  bool valid_continuous(const ActionView& actions) const;
  bool any_resting() const;
  // Throws what is wrong with a step.
  [[gnu::cold]] void refuse(const ActionView& actions) const;
  void refuse_discrete(std::span<const std::int32_t> actions) const;
  void refuse_continuous(ConstMatrixView actions) const;
  StepView step_all(const ActionView& actions);
  [[gnu::noinline]] void step_shares(const ActionView& actions);
  bool has_news(const Block& block) const;
  void finish_rows(kernels::RowRange rows);
  std::size_t finish_block(std::size_t b, std::uint32_t* restart);
  void keep_resting(std::size_t b, std::uint32_t* scratch);
  std::uint64_t expired_bits(std::size_t block);
  void restart_rows(std::span<const std::uint32_t> rows);
  ConstMatrixView restart_all();
  void save_body(StateWriter& out) const;
  void load_body(StateReader& in);
  void load_deadlines(StateReader& in, bool started);
  void load_flags(StateReader& in);

  EnvSpec spec_;
  std::size_t num_envs_;
  std::size_t block_rows_;
  std::size_t observation_size_;
  std::int32_t num_actions_ = 0;  // 0: continuous
  const Box* actions_ = nullptr;  // the space, where it is continuous
  AutoresetMode mode_;
  std::string configuration_;
  kernels::ThreadTeam team_;
  std::vector<kernels::RowRange> share_;  // rows of each worker
  StepView view_;                         // of the buffers below
  bool started_ = false;          // false before the first reset and after a step that threw
  std::int64_t step_number_ = 0;  // steps of the whole batch, ever

  kernels::TensorOf<float> observation_;        // (padded N, O)
  kernels::TensorOf<float> final_observation_;  // (padded N, O)
  kernels::TensorOf<double> reward_;            // (padded N)
  kernels::TensorOf<std::uint8_t> terminated_;  // (padded N)
  kernels::TensorOf<std::uint8_t> truncated_;
  std::vector<kernels::Pcg64> random_;  // (N)
  std::vector<Block> blocks_;

  // An episode is truncated at the step whose number is its deadline: nothing is counted per step.
  // Block::earliest bounds the deadlines of a block, so most blocks need one comparison.
  std::vector<std::int64_t> deadline_;  // (padded N)
  std::vector<std::uint32_t> restart_;  // (padded N) scratch: rows to reset
};

}  // namespace pavlov::envs
