#include "pavlov/replay/replay.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::replay {
namespace {

constexpr std::uint64_t kMagic = 0x3152564f4c564150;  // "PAVLOVR1", little-endian
constexpr std::string_view kStream = "replay";

// Every option that decides what a saved state means.
std::string describe(const ReplayConfig& c, std::size_t width) {
  std::string text = std::to_string(c.buffer_size) + " transitions of " + std::to_string(width) +
                     (c.observation_type == ObservationType::uint8 ? " bytes" : " floats") +
                     ", n_step " + std::to_string(c.n_step);
  if (!c.prioritized) return text + ", uniform";
  const PriorityConfig& p = c.priority;
  text += ", prioritized: alpha " + kernels::number_text(p.alpha) + ", epsilon " +
          kernels::number_text(p.priority_epsilon) + ", max_priority " +
          std::to_string(static_cast<int>(p.max_priority));
  return text;
}

}  // namespace

void validate(const ReplayConfig& c) {
  kernels::require(c.buffer_size >= 1 && c.buffer_size <= (std::size_t{1} << 31), "replay",
                   "buffer_size", c.buffer_size, "in [1, 2^31]");
  kernels::require(c.n_step >= 1 && c.n_step <= NStep::kMostSteps, "replay", "n_step", c.n_step,
                   "in [1, 65536]");
  validate(c.priority);
}

Replay::Replay(const ReplayConfig& config, std::size_t observation_size)
    : config_((validate(config), config)),
      buffer_(config.buffer_size, observation_size, config.observation_type),
      random_(0, kStream) {
  if (config.prioritized) {
    sampler_ = std::make_unique<PrioritizedSampler>(config.priority, config.buffer_size);
  }
}

void Replay::start(std::size_t envs, double gamma, std::uint64_t seed) {
  auto windows = std::make_unique<NStep>(config_.n_step, envs, observation_size(), gamma);
  if (envs > capacity() / config_.n_step) {
    kernels::throw_argument("replay",
                            "buffer_size " + std::to_string(capacity()) +
                                ": must be at least n_step=" + std::to_string(config_.n_step) +
                                " times the " + std::to_string(envs) + " environments");
  }
  windows_ = std::move(windows);
  seed_ = seed;
  random_ = kernels::RandomStream(seed, kStream);
}

void Replay::add(const Step& step) {
  if (windows_ == nullptr) kernels::throw_argument("replay", "add: call start first");
  const Transitions t = windows_->add(step);
  buffer_.add(t.observation, t.action, t.reward, t.next_observation, t.discount);
  if (sampler_ != nullptr) sampler_->add(t.action.size());
}

void Replay::sample(double progress, ReplayBatch& batch) {
  if (sampler_ == nullptr) return buffer_.sample(random_, batch);
  sampler_->sample(random_, sampler_->beta(progress), batch.index, batch.serial, batch.weight);
  // An agent that leaves its priorities out is told so by update().
  std::ranges::fill(batch.priority, std::numeric_limits<float>::quiet_NaN());
  buffer_.gather(batch);
}

void Replay::update(const ReplayBatch& batch) {
  if (sampler_ != nullptr) sampler_->update(batch.serial, batch.priority);
}

void Replay::save(kernels::StateWriter& out) const {
  out.put(kMagic);
  out.put_text(describe(config_, observation_size()));
  out.put(seed_);
  out.put(random_.position());
  out.put(static_cast<std::uint64_t>(windows_ == nullptr ? 0 : windows_->envs()));
  out.put(windows_ == nullptr ? 0.0 : windows_->gamma());
  buffer_.save(out);
  if (windows_ != nullptr) windows_->save(out);
  if (sampler_ != nullptr) sampler_->save(out);
}

void Replay::load(kernels::StateReader& in) {
  if (in.get<std::uint64_t>() != kMagic) kernels::throw_runtime("replay", "load: not a replay");
  const std::string what = in.get_text();
  const std::string ours = describe(config_, observation_size());
  if (what != ours) {
    kernels::throw_runtime(
        "replay", "load: state of " + kernels::one_line(what, 200) + ": must be of " + ours);
  }
  Replay loaded(config_, observation_size());
  loaded.seed_ = in.get<std::uint64_t>();
  loaded.random_ = kernels::RandomStream(loaded.seed_, kStream);
  loaded.random_.set_position(in.get<std::uint64_t>());
  const auto envs = in.get<std::uint64_t>();
  const auto gamma = in.get<double>();
  in.require(envs <= capacity() / config_.n_step, "environments", envs,
             "few enough for buffer_size");
  in.require(gamma >= 0.0 && gamma <= 1.0, "gamma", gamma, "in [0, 1]");
  loaded.buffer_.load(in);
  if (envs > 0) {
    loaded.windows_ = std::make_unique<NStep>(config_.n_step, envs, observation_size(), gamma);
    loaded.windows_->load(in);
  }
  if (loaded.sampler_ != nullptr) {
    loaded.sampler_->load(in);
    in.require(loaded.sampler_->size() == loaded.size(), "priorities", loaded.sampler_->size(),
               "as many as transitions");
    in.require(loaded.sampler_->head() == loaded.buffer_.head(), "next entry",
               loaded.sampler_->head(), "that of the transitions");
  }
  *this = std::move(loaded);
}

}  // namespace pavlov::replay
