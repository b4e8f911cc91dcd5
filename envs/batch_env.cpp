#include "pavlov/envs/batch_env.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "pavlov/envs/state_frame.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::envs {
namespace {

using kernels::number_text;
using kernels::RowRange;
using kernels::throw_argument;
using kernels::throw_runtime;

constexpr std::size_t kMostEnvs = std::size_t{1} << 24;
constexpr std::size_t kChunk = 1024;  // rows, a multiple of every block size
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostSteps = std::int64_t{1} << 62;

std::size_t checked_count(const EnvSpec& spec, std::size_t num_envs) {
  if (num_envs == 0 || num_envs > kMostEnvs) {
    throw_argument(spec.id, "num_envs " + std::to_string(num_envs) + ": must be in [1, " +
                                std::to_string(kMostEnvs) + "]");
  }
  return num_envs;
}

// Calls f(row in block) for every set bit, lowest first.
template <class F>
void for_each_bit(std::uint64_t bits, F&& f) {
  for (; bits != 0; bits &= bits - 1) f(static_cast<std::size_t>(std::countr_zero(bits)));
}

// Rows are short: copying four values at a time costs less than a call.
void copy_row(const float* from, std::size_t size, float* to) {
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) std::memcpy(to + i, from + i, 4 * sizeof(float));
  for (; i < size; ++i) to[i] = from[i];
}

// False for NaN.
bool inside(const Box& box, std::size_t a, float value) {
  return std::isfinite(value) && value >= box.low[a] && value <= box.high[a];
}

std::size_t checked_block(std::size_t rows) {
  PAVLOV_ASSERT(std::has_single_bit(rows) && rows <= BatchEnv::kBlock);
  return rows;
}

}  // namespace

BatchEnv::BatchEnv(EnvSpec spec, const VecOptions& options, std::string configuration,
                   std::size_t block_rows)
    : spec_(std::move(spec)),
      num_envs_(checked_count(spec_, options.num_envs)),
      block_rows_(checked_block(block_rows)),
      observation_size_(spec_.observation_space.size()),
      mode_(options.autoreset_mode),
      configuration_(std::move(configuration)),
      team_(options.threads) {
  if (options.max_episode_steps < 0) {
    throw_argument(spec_.id, "max_episode_steps " + std::to_string(options.max_episode_steps) +
                                 ": must be at least 1, or 0 for the default");
  }
  if (options.max_episode_steps > 0) spec_.max_episode_steps = options.max_episode_steps;
  configuration_ += " autoreset=" + std::string(to_string(mode_)) +
                    " max_episode_steps=" + std::to_string(spec_.max_episode_steps);

  for (std::size_t worker = 0; worker < team_.workers(); ++worker) {
    share_.push_back(kernels::static_block(num_envs_, team_.workers(), worker, block_rows_));
  }
  if (const auto* discrete = std::get_if<Discrete>(&spec_.action_space)) num_actions_ = discrete->n;
  actions_ = std::get_if<Box>(&spec_.action_space);
  blocks_.resize((num_envs_ + block_rows_ - 1) / block_rows_);
  const std::size_t rows = padded_rows();
  observation_ = kernels::TensorOf<float>({rows, observation_size_});
  final_observation_ = kernels::TensorOf<float>({rows, observation_size_});
  reward_ = kernels::TensorOf<double>({rows});
  terminated_ = kernels::TensorOf<std::uint8_t>({rows});
  truncated_ = kernels::TensorOf<std::uint8_t>({rows});
  random_.reserve(num_envs_);
  for (std::size_t i = 0; i < num_envs_; ++i) random_.emplace_back(i);
  deadline_.assign(rows, kNever);
  restart_.assign(rows, 0);
  view_ = {{observation_.data(), num_envs_, observation_size_},
           {reward_.data(), num_envs_},
           {terminated_.data(), num_envs_},
           {truncated_.data(), num_envs_},
           {final_observation_.data(), num_envs_, observation_size_}};
}

// ---- reset ----

ConstMatrixView BatchEnv::reset(std::span<const std::uint64_t> seeds) {
  if (seeds.size() != num_envs_) {
    throw_argument(spec_.id, "reset: " + std::to_string(seeds.size()) + " seeds: must be " +
                                 std::to_string(num_envs_) + ", one per environment");
  }
  for (std::size_t i = 0; i < num_envs_; ++i) random_[i] = kernels::Pcg64(seeds[i]);
  return restart_all();
}

ConstMatrixView BatchEnv::reset() { return restart_all(); }

ConstMatrixView BatchEnv::reset(std::span<const std::uint8_t> mask) {
  if (mask.size() != num_envs_) {
    throw_argument(spec_.id, "reset: mask of " + std::to_string(mask.size()) +
                                 " entries: must have " + std::to_string(num_envs_) +
                                 ", one per environment");
  }
  if (std::all_of(mask.begin(), mask.end(), [](std::uint8_t m) { return m == 0; })) {
    throw_argument(spec_.id, "reset: mask without an entry: at least one must be set");
  }
  if (!started_) {
    throw_argument(spec_.id, "reset: mask before the first reset: call reset(seed) first");
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < num_envs_; ++i) {
    if (mask[i] == 0) continue;
    restart_[count++] = static_cast<std::uint32_t>(i);
    blocks_[i / block_rows_].resting &= ~(std::uint64_t{1} << i % block_rows_);
  }
  started_ = false;  // should a user's environment throw
  restart_rows({restart_.data(), count});
  started_ = true;
  return view_.observation;
}

ConstMatrixView BatchEnv::restart_all() {
  started_ = false;
  // The one place where bounds are set anew: no later reset can give an earlier deadline.
  Block fresh;
  fresh.earliest = spec_.max_episode_steps > 0 ? step_number_ + spec_.max_episode_steps : kNever;
  std::fill(blocks_.begin(), blocks_.end(), fresh);
  std::memset(terminated_.data(), 0, terminated_.size());
  std::memset(truncated_.data(), 0, truncated_.size());
  std::fill_n(reward_.data(), reward_.size(), 0.0);
  team_.run([this](std::size_t worker) {
    const RowRange rows = share_[worker];
    for (std::size_t i = rows.begin; i < rows.end; ++i) {
      restart_[i] = static_cast<std::uint32_t>(i);
    }
    if (rows.size() > 0) restart_rows({restart_.data() + rows.begin, rows.size()});
  });
  started_ = true;
  return view_.observation;
}

void BatchEnv::restart_rows(std::span<const std::uint32_t> rows) {
  reset_rows(rows);
  if (spec_.max_episode_steps == 0) return;
  const std::int64_t deadline = step_number_ + spec_.max_episode_steps;
  for (const std::uint32_t i : rows) deadline_[i] = deadline;
}

// ---- step ----

bool BatchEnv::valid(const ActionView& actions) const {
  if (num_actions_ > 0) {
    const std::span<const std::int32_t> given = actions.discrete();
    if (given.size() != num_envs_) return false;
    if (num_envs_ >= 16) return kernels::all_in_range(given, num_actions_);
    for (const std::int32_t action : given) {  // a call costs more than a few comparisons
      if (action < 0 || action >= num_actions_) return false;
    }
    return true;
  }
  return valid_continuous(actions);
}

bool BatchEnv::valid_continuous(const ActionView& actions) const {
  const Box& box = *actions_;
  const ConstMatrixView given = actions.continuous();
  if (given.data == nullptr || given.rows != num_envs_ || given.cols != box.size()) return false;
  if (spec_.clips_actions && given.stride == given.cols && num_envs_ >= 16) {
    return kernels::all_finite({given.data, given.rows * given.cols});
  }
  for (std::size_t i = 0; i < num_envs_; ++i) {
    const float* row = given.data + i * given.stride;
    for (std::size_t a = 0; a < given.cols; ++a) {
      if (spec_.clips_actions ? !std::isfinite(row[a]) : !inside(box, a, row[a])) return false;
    }
  }
  return true;
}

bool BatchEnv::any_resting() const {
  return std::any_of(blocks_.begin(), blocks_.end(), [](const Block& b) { return b.resting != 0; });
}

void BatchEnv::refuse(const ActionView& actions) const {
  if (!started_) throw_argument(spec_.id, "step: no episode has been started: call reset first");
  if (!valid(actions)) {
    if (num_actions_ > 0) {
      refuse_discrete(actions.discrete());
    } else {
      refuse_continuous(actions.continuous());
    }
  }
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const std::uint64_t resting = blocks_[b].resting;
    if (resting == 0) continue;
    const std::size_t i = b * block_rows_ + static_cast<std::size_t>(std::countr_zero(resting));
    throw_argument(spec_.id, "step: environment " + std::to_string(i) +
                                 " is finished: call reset with a mask that has it set");
  }
}

void BatchEnv::refuse_discrete(std::span<const std::int32_t> actions) const {
  if (actions.size() != num_envs_) {
    throw_argument(spec_.id, "step: " + std::to_string(actions.size()) +
                                 " discrete actions: must be " + std::to_string(num_envs_) +
                                 ", one per environment");
  }
  for (std::size_t i = 0; i < num_envs_; ++i) {
    if (actions[i] >= 0 && actions[i] < num_actions_) continue;
    throw_argument(spec_.id, "step: action " + std::to_string(actions[i]) + " of environment " +
                                 std::to_string(i) + ": must be in [0, " +
                                 std::to_string(num_actions_) + ")");
  }
}

void BatchEnv::refuse_continuous(ConstMatrixView actions) const {
  const Box& box = *actions_;
  if (actions.data == nullptr || actions.rows != num_envs_ || actions.cols != box.size()) {
    throw_argument(spec_.id, "step: continuous actions of shape (" + std::to_string(actions.rows) +
                                 ", " + std::to_string(actions.cols) + "): must be (" +
                                 std::to_string(num_envs_) + ", " + std::to_string(box.size()) +
                                 ")");
  }
  for (std::size_t i = 0; i < num_envs_; ++i) {
    for (std::size_t a = 0; a < box.size(); ++a) {
      const float action = actions(i, a);
      if (spec_.clips_actions ? std::isfinite(action) : inside(box, a, action)) continue;
      const std::string rule = spec_.clips_actions ? "finite"
                                                   : "in [" + number_text(box.low[a]) + ", " +
                                                         number_text(box.high[a]) + "]";
      throw_argument(spec_.id, "step: action " + number_text(action) + " of environment " +
                                   std::to_string(i) + ", dimension " + std::to_string(a) +
                                   ": must be " + rule);
    }
  }
}

// Whether a step left anything to do in a block; most blocks of a small batch have nothing to tell.
inline bool BatchEnv::has_news(const Block& block) const {
  return (block.terminated | block.truncated | block.resting | block.shown) != 0 ||
         step_number_ >= block.earliest;
}

inline StepView BatchEnv::step_all(const ActionView& actions) {
  started_ = false;  // until all rows are through: a user's environment may throw
  ++step_number_;
  if (blocks_.size() == 1) {
    step_rows({0, num_envs_}, actions);  // a small batch is not dealt out
    if (has_news(blocks_[0])) finish_rows({0, num_envs_});
  } else {
    step_shares(actions);
  }
  started_ = true;
  return view_;
}

StepView BatchEnv::step(ActionView actions) {
  if (!started_ || !valid(actions) || (mode_ == AutoresetMode::disabled && any_resting())) {
    refuse(actions);
  }
  return step_all(actions);
}

StepView BatchEnv::step_running(ActionView actions) {
  if (mode_ != AutoresetMode::disabled) {
    throw_argument(spec_.id, "step_running: autoreset mode " + std::string(to_string(mode_)) +
                                 ": must be disabled");
  }
  if (!started_ || !valid(actions)) refuse(actions);
  return step_all(actions);
}

// Chunk by chunk: resets follow while the rows of the chunk are in the nearest cache.
void BatchEnv::step_shares(const ActionView& actions) {
  team_.run([this, &actions](std::size_t worker) {
    const RowRange rows = share_[worker];
    for (std::size_t first = rows.begin; first < rows.end; first += kChunk) {
      const RowRange chunk = {first, std::min(first + kChunk, rows.end)};
      step_rows(chunk, actions);
      finish_rows(chunk);
    }
  });
}

// After step_rows.
void BatchEnv::finish_rows(RowRange rows) {
  std::uint32_t* restart = restart_.data() + rows.begin;
  std::size_t count = 0;
  for (std::size_t b = rows.begin / block_rows_; b * block_rows_ < rows.end; ++b) {
    if (has_news(blocks_[b])) count += finish_block(b, restart + count);
  }
  if (count > 0) restart_rows({restart, count});
}

// Time limit, flags and final observations of one block; writes the rows to reset now and returns
// their number.
std::size_t BatchEnv::finish_block(std::size_t b, std::uint32_t* restart) {
  Block& block = blocks_[b];
  const std::size_t first = b * block_rows_;
  const std::uint64_t resting = block.resting;
  const std::uint64_t terminated = block.terminated & ~resting;
  std::uint64_t truncated = block.truncated & ~resting;
  if (step_number_ >= block.earliest) truncated |= expired_bits(b) & ~resting;

  // One pass over the rows that ended; the others get their zero from the memset.
  const std::uint64_t ended = terminated | truncated;
  std::uint8_t* terminated_bytes = terminated_.data() + first;
  std::uint8_t* truncated_bytes = truncated_.data() + first;
  std::memset(terminated_bytes, 0, block_rows_);
  std::memset(truncated_bytes, 0, block_rows_);
  block.shown = ended;
  std::size_t count = 0;
  for_each_bit(ended, [&](std::size_t r) {
    __builtin_prefetch(&random_[first + r], 1);  // the reset will draw from it
    terminated_bytes[r] = terminated >> r & 1;
    truncated_bytes[r] = truncated >> r & 1;
    const std::size_t at = (first + r) * observation_size_;
    copy_row(observation_.data() + at, observation_size_, final_observation_.data() + at);
    restart[count++] = static_cast<std::uint32_t>(first + r);
  });
  if (mode_ == AutoresetMode::same_step) return count;
  if (mode_ == AutoresetMode::disabled) {
    if (resting != 0) keep_resting(b, restart);
    block.resting = resting | ended;
    return 0;
  }

  // In next_step mode rows that ended on the last step were not stepped but start anew.
  count = 0;
  for_each_bit(resting, [&](std::size_t r) {
    restart[count++] = static_cast<std::uint32_t>(first + r);
    reward_.data()[first + r] = 0.0;
  });
  block.resting = ended;
  return count;
}

// Undoes what a step did to the rows of a block that rested in it.
void BatchEnv::keep_resting(std::size_t b, std::uint32_t* scratch) {
  const std::size_t first = b * block_rows_;
  std::size_t count = 0;
  for_each_bit(blocks_[b].resting, [&](std::size_t r) {
    const std::size_t at = (first + r) * observation_size_;
    copy_row(final_observation_.data() + at, observation_size_, observation_.data() + at);
    reward_.data()[first + r] = 0.0;
    scratch[count++] = static_cast<std::uint32_t>(first + r);
  });
  park_rows({scratch, count});
}

void BatchEnv::park_rows(std::span<const std::uint32_t>) {}

// Rows whose deadline has come. Rows that start again later have a deadline of at least
// step_number_ + limit, so the new bound holds for them too.
std::uint64_t BatchEnv::expired_bits(std::size_t b) {
  std::uint64_t bits = 0;
  std::int64_t earliest = step_number_ + spec_.max_episode_steps;
  for (std::size_t r = 0; r < block_rows_; ++r) {
    const std::int64_t deadline = deadline_[b * block_rows_ + r];
    if (deadline <= step_number_) {
      bits |= std::uint64_t{1} << r;
    } else {
      earliest = std::min(earliest, deadline);
    }
  }
  blocks_[b].earliest = earliest;
  return bits;
}

// ---- archives ----

void BatchEnv::save(StateWriter& out) const {
  StateWriter body;
  save_body(body);
  put_frame(out, {spec_.id, configuration_, num_envs_}, body.bytes());
}

void BatchEnv::save_body(StateWriter& out) const {
  out.put(static_cast<std::uint8_t>(started_));
  out.put(step_number_);
  for (const kernels::Pcg64& random : random_) out.put(random.state());
  out.put(std::span<const std::int64_t>(deadline_.data(), num_envs_));
  for (const Block& block : blocks_) out.put(block.resting);
  out.put(std::span<const std::uint8_t>(terminated_.data(), num_envs_));
  out.put(std::span<const std::uint8_t>(truncated_.data(), num_envs_));
  out.put(std::span<const double>(reward_.data(), num_envs_));
  out.put(std::span<const float>(observation_.data(), num_envs_ * observation_size_));
  out.put(std::span<const float>(final_observation_.data(), num_envs_ * observation_size_));
  save_rows(out);
}

void BatchEnv::load(StateReader& in) {
  const std::vector<std::byte> bytes = get_frame(in, {spec_.id, configuration_, num_envs_});
  StateWriter before;
  save_body(before);
  try {
    try {
      StateReader body(bytes, spec_.id);
      load_body(body);
      if (body.remaining() != 0) throw_runtime(spec_.id, "load: the state is too long");
    } catch (...) {
      // Should a user's load throw on the way back, too, the batch is left as before a reset.
      StateReader body(before.bytes(), spec_.id);
      load_body(body);
      throw;
    }
  } catch (const std::logic_error& error) {  // a user's load: VecEnv::load promises another type
    throw std::runtime_error(error.what());
  }
}

void BatchEnv::load_body(StateReader& in) {
  started_ = false;  // until all of it is there
  std::uint8_t started = 0;
  in.get_flags({&started, 1}, "flag of a started batch");
  const auto step = in.get<std::int64_t>();
  in.require(step >= 0 && step <= kMostSteps, "step number", step, "in [0, 2^62]");
  for (kernels::Pcg64& random : random_) random.set_state(in.get<kernels::Pcg64::State>());
  step_number_ = step;

  std::fill(blocks_.begin(), blocks_.end(), Block{.earliest = kNever});
  load_deadlines(in, started == 1);
  load_flags(in);
  in.get(std::span<double>(reward_.data(), num_envs_));
  in.get(std::span<float>(observation_.data(), num_envs_ * observation_size_));
  in.get(std::span<float>(final_observation_.data(), num_envs_ * observation_size_));
  load_rows(in);
  started_ = started == 1;
}

void BatchEnv::load_deadlines(StateReader& in, bool started) {
  in.get(std::span<std::int64_t>(deadline_.data(), num_envs_));
  const std::int64_t limit = spec_.max_episode_steps;
  for (std::size_t i = 0; i < num_envs_; ++i) {
    const std::int64_t deadline = deadline_[i];
    if (limit == 0) {
      in.require(deadline == kNever, "deadline", deadline, "2^63 - 1, without a time limit");
    } else if (started) {
      in.require(deadline >= 0 && deadline <= step_number_ + limit, "deadline", deadline,
                 "in [0, step number + max_episode_steps]");
    }
    std::int64_t& earliest = blocks_[i / block_rows_].earliest;
    earliest = std::min(earliest, deadline);
  }
}

void BatchEnv::load_flags(StateReader& in) {
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const auto resting = in.get<std::uint64_t>();
    in.require(resting == 0 || mode_ != AutoresetMode::same_step, "word of resting rows", resting,
               "0 in same_step mode");
    const std::size_t rows = std::min(block_rows_, num_envs_ - b * block_rows_);
    in.require(rows == 64 || resting >> rows == 0, "word of resting rows", resting,
               "of " + std::to_string(rows) + " bits");
    blocks_[b].resting = resting;
  }
  const char* name = "flag terminated";
  for (std::uint8_t* bytes : {terminated_.data(), truncated_.data()}) {
    in.get_flags({bytes, num_envs_}, name);
    name = "flag truncated";
    for (std::size_t i = 0; i < num_envs_; ++i) {
      if (bytes[i] == 1) blocks_[i / block_rows_].shown |= std::uint64_t{1} << i % block_rows_;
    }
  }
}

}  // namespace pavlov::envs
