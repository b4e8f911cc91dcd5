#include "pavlov/replay/prioritized_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/power.h"

namespace pavlov::replay {
namespace {

constexpr double kFirstPriority = 1.0;  // of new entries before any report (paper, algorithm 1)

// A priority is a finite float32 and at least priority_epsilon, its mass a power of it in [0, 1].
constexpr double kLeastMass = std::numeric_limits<double>::min();
constexpr double kMostMass = 0x1p129;
constexpr std::string_view kRule = "of a priority";

void require(bool holds, std::string_view field, double value, std::string_view rule) {
  kernels::require(holds, "replay", field, value, rule);
}

bool in_unit(double x) { return x >= 0.0 && x <= 1.0; }

}  // namespace

void validate(const PriorityConfig& c) {
  require(in_unit(c.alpha), "alpha", c.alpha, "in [0, 1]");
  require(in_unit(c.beta), "beta", c.beta, "in [0, 1]");
  require(in_unit(c.beta_final), "beta_final", c.beta_final, "in [0, 1]");
  require(c.priority_epsilon >= 1e-30 && c.priority_epsilon <= 1.0, "priority_epsilon",
          c.priority_epsilon, "in [1e-30, 1]");
  require(in_unit(c.max_priority_decay), "max_priority_decay", c.max_priority_decay, "in [0, 1]");
}

PrioritizedSampler::PrioritizedSampler(const PriorityConfig& config, std::size_t capacity)
    : config_((validate(config), config)), tree_(capacity) {
  if (config.weight_norm == WeightNorm::global_min) {
    least_ = std::make_unique<GroupTree<Least>>(capacity);
  }
  if (config.max_priority == MaxPriority::in_buffer) {
    reported_ = std::make_unique<GroupTree<Most>>(capacity);
  }
}

std::size_t PrioritizedSampler::size() const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(added_, capacity()));
}

double PrioritizedSampler::new_priority() const {
  const double largest = reported_ != nullptr ? reported_->root() : max_reported_;
  return largest > 0.0 ? largest : kFirstPriority;
}

double PrioritizedSampler::beta(double progress) const {
  return config_.beta + (config_.beta_final - config_.beta) * std::clamp(progress, 0.0, 1.0);
}

void PrioritizedSampler::set_mass(std::span<const std::uint32_t> entry,
                                  std::span<const double> mass) {
  tree_.set(entry, mass);
  if (least_ != nullptr) least_->set(entry, mass);
}

void PrioritizedSampler::add(std::size_t count) {
  if (count > capacity()) {
    kernels::throw_argument("replay", "add of " + std::to_string(count) +
                                          " entries: the capacity is " +
                                          std::to_string(capacity()));
  }
  entry_.resize(count);
  std::size_t next = head();
  for (std::uint32_t& e : entry_) {
    e = static_cast<std::uint32_t>(next);
    next = next + 1 == capacity() ? 0 : next + 1;
  }
  value_.assign(count, std::pow(new_priority(), config_.alpha));
  if (reported_ != nullptr) {
    raw_.assign(count, 0.0);
    reported_->set(entry_, raw_);
  }
  set_mass(entry_, value_);
  added_ += count;
}

void PrioritizedSampler::sample(kernels::RandomStream& random, double beta,
                                std::span<std::uint32_t> entry, std::span<std::uint64_t> serial,
                                std::span<float> weight) {
  const std::size_t batch = entry.size();
  if (serial.size() != batch || weight.size() != batch) {
    kernels::throw_argument("replay", "sample: entry, serial and weight must be as long");
  }
  if (added_ == 0) kernels::throw_argument("replay", "sample from an empty buffer: add first");
  const bool stratified = config_.draws == Draws::stratified;
  const double part = stratified ? tree_.total() / static_cast<double>(batch) : tree_.total();
  value_.resize(batch);
  random.uniform(value_);
  for (std::size_t b = 0; b < batch; ++b) {
    value_[b] = (stratified ? static_cast<double>(b) + value_[b] : value_[b]) * part;
  }
  tree_.find(value_, entry);

  // The newest serial number of each entry.
  const std::size_t next = head();
  const std::uint64_t lap = added_ - next;
  for (std::size_t b = 0; b < batch; ++b) {
    serial[b] = entry[b] < next ? lap + entry[b] : lap + entry[b] - capacity();
  }

  // (N P_i)^-beta over its largest value: N and the sum cancel.
  for (std::size_t b = 0; b < batch; ++b) value_[b] = tree_.weight(entry[b]);
  double least = std::numeric_limits<double>::max();
  if (least_ != nullptr) {
    least = least_->root();
  } else {
    for (const double mass : value_) least = std::min(least, mass);
  }
  for (double& mass : value_) mass = least / mass;
  kernels::power(value_, beta, value_);
  for (std::size_t b = 0; b < batch; ++b) weight[b] = static_cast<float>(value_[b]);
}

void PrioritizedSampler::update(std::span<const std::uint64_t> serial,
                                std::span<const float> priority) {
  if (serial.size() != priority.size()) {
    kernels::throw_argument("replay", "update: serial and priority must be as long");
  }
  for (std::size_t b = 0; b < serial.size(); ++b) {
    require(priority[b] >= 0.0f && std::isfinite(priority[b]), "priority",
            static_cast<double>(priority[b]),
            "finite and at least 0; the agent writes the priority of every sample when it learns");
    if (serial[b] >= added_) {
      kernels::throw_argument(
          "replay", "update: serial " + std::to_string(serial[b]) + ": must be of a drawn entry");
    }
  }
  entry_.clear();
  value_.clear();
  const std::uint64_t lap = added_ - head();  // serial number that entry 0 has, or gets next
  for (std::size_t b = 0; b < serial.size(); ++b) {
    if (added_ - serial[b] > capacity()) continue;  // another entry stands there now
    const std::uint64_t entry = serial[b] >= lap ? serial[b] - lap : serial[b] + capacity() - lap;
    entry_.push_back(static_cast<std::uint32_t>(entry));
    value_.push_back(static_cast<double>(priority[b]) + config_.priority_epsilon);
  }
  if (config_.max_priority == MaxPriority::decayed) max_reported_ *= config_.max_priority_decay;
  for (const double p : value_) max_reported_ = std::max(max_reported_, p);
  if (reported_ != nullptr) reported_->set(entry_, value_);
  kernels::power(value_, config_.alpha, value_);
  set_mass(entry_, value_);
}

void PrioritizedSampler::save(kernels::StateWriter& out) const {
  out.put(added_);
  out.put(max_reported_);
  out.put(tree_.weights().first(size()));
  if (reported_ != nullptr) out.put(reported_->all_leaves().first(size()));
}

// A number of every entry into value_, a part of the ring at a time, with its place in entry_.
template <class Take>
void PrioritizedSampler::load_column(kernels::StateReader& in, Take take) {
  constexpr std::size_t kPart = 4096;
  for (std::size_t first = 0; first < size(); first += kPart) {
    const std::size_t count = std::min(kPart, size() - first);
    entry_.resize(count);
    std::iota(entry_.begin(), entry_.end(), static_cast<std::uint32_t>(first));
    value_.resize(count);
    in.get(std::span<double>(value_));
    take();
  }
}

void PrioritizedSampler::load(kernels::StateReader& in) {
  PrioritizedSampler loaded(config_, capacity());
  loaded.added_ = in.get<std::uint64_t>();
  loaded.max_reported_ = in.get<double>();
  const auto is_priority = [](double p) { return p >= 0.0 && p <= kMostMass; };
  in.require(is_priority(loaded.max_reported_), "largest priority", loaded.max_reported_, kRule);
  loaded.load_column(in, [&] {
    for (const double mass : loaded.value_) {
      in.require(mass >= kLeastMass && mass <= kMostMass, "p^alpha", mass, kRule);
    }
    loaded.set_mass(loaded.entry_, loaded.value_);
  });
  if (reported_ != nullptr) {
    loaded.load_column(in, [&] {
      for (const double p : loaded.value_) in.require(is_priority(p), "priority", p, kRule);
      loaded.reported_->set(loaded.entry_, loaded.value_);
    });
  }
  *this = std::move(loaded);
}

}  // namespace pavlov::replay
