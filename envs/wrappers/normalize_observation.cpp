#include "pavlov/envs/wrappers/normalize_observation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "pavlov/envs/wrappers/batch_arithmetic.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

constexpr const char* kName = "NormalizeObservation";

std::string describe(const NormalizeObservationConfig& config) {
  kernels::require(config.epsilon > 0 && std::isfinite(config.epsilon), kName, "epsilon",
                   config.epsilon, "positive and finite");
  return "epsilon=" + kernels::number_text(config.epsilon) +
         " statistics=" + to_string(config.statistics);
}

template <class Real>
void normalize_row(std::span<const float> from, const RunningMeanStd& statistics,
                   std::span<const double> scale, float* to) {
  for (std::size_t k = 0; k < from.size(); ++k) {
    const Real centered = static_cast<Real>(from[k]) - static_cast<Real>(statistics.mean(k));
    to[k] = static_cast<float>(centered / static_cast<Real>(scale[k]));
  }
}

}  // namespace

NormalizeObservation::NormalizeObservation(std::unique_ptr<VecEnv> env,
                                           const NormalizeObservationConfig& config)
    : VecEnvWrapper(std::move(env), kName, describe(config)),
      spec_(inner().spec()),
      columns_(spec_.observation_space.size()),
      epsilon_(config.epsilon),
      precision_(config.statistics),
      statistics_(columns_, precision_),
      scale_(columns_),
      rows_(size(), autoreset_mode()),
      all_(size()),
      some_(size()),
      observation_({size(), columns_}),
      final_observation_({size(), columns_}) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  spec_.observation_space = {std::vector<float>(columns_, -kInfinity),
                             std::vector<float>(columns_, kInfinity)};
  std::iota(all_.begin(), all_.end(), 0u);
  refresh_scale();
}

void NormalizeObservation::set_moments(const RunningMoments& moments) {
  statistics_.set_moments(moments);
  refresh_scale();
}

void NormalizeObservation::refresh_scale() {
  for (std::size_t k = 0; k < columns_; ++k) {
    const double variance = statistics_.variance(k);
    scale_[k] =
        precision_ == StatisticsPrecision::float64
            ? std::sqrt(variance + epsilon_)
            : double{std::sqrt(static_cast<float>(variance) + static_cast<float>(epsilon_))};
  }
}

void NormalizeObservation::normalize(std::span<const float> from, float* to) const {
  if (precision_ == StatisticsPrecision::float64) {
    normalize_row<double>(from, statistics_, scale_, to);
  } else {
    normalize_row<float>(from, statistics_, scale_, to);
  }
}

void NormalizeObservation::show(ConstMatrixView observation, std::span<const std::uint32_t> rows) {
  if (update_running_mean_) {
    statistics_.update(observation, rows);
    refresh_scale();
  }
  if (rows.size() == size() && size() >= kRepeats && observation.stride == columns_) {
    if (precision_ == StatisticsPrecision::float64) {
      normalize_all(observation, repeated_);
    } else {
      normalize_all(observation, repeated_single_);
    }
    return;
  }
  for (const std::uint32_t i : rows) {
    normalize(observation.row(i), observation_.data() + i * columns_);
  }
}

template <class Real>
void NormalizeObservation::normalize_all(ConstMatrixView observation, std::vector<Real>& columns) {
  const std::size_t period = kRepeats * columns_;
  columns.resize(2 * period);
  for (std::size_t k = 0; k < columns_; ++k) {
    for (std::size_t p = k; p < period; p += columns_) {
      columns[p] = static_cast<Real>(statistics_.mean(k));
      columns[period + p] = static_cast<Real>(scale_[k]);
    }
  }
  const std::span<const Real> both = columns;
  normalize_columns({observation.data, size() * columns_}, both.first(period), both.last(period),
                    observation_.span());
}

ConstMatrixView NormalizeObservation::after_reset(ConstMatrixView observation,
                                                  std::span<const std::uint8_t> mask) {
  std::size_t count = 0;
  for (const std::uint32_t i : all_) {
    if (selects(mask, i)) some_[count++] = i;
  }
  show(observation, {some_.data(), count});
  rows_.note_reset(mask);
  return observation_.matrix();
}

StepView NormalizeObservation::after_step(const StepView& step) {
  if (rows_.any_resting()) {
    std::size_t count = 0;
    for (const std::uint32_t i : all_) {
      if (!rows_.resting(i)) some_[count++] = i;
    }
    show(step.observation, {some_.data(), count});
  } else {
    show(step.observation, all_);
  }
  for_each_ended(step, [&](std::size_t i) {
    normalize(step.final_observation.row(i), final_observation_.data() + i * columns_);
  });
  rows_.note(step);
  StepView view = step;
  view.observation = observation_.matrix();
  view.final_observation = final_observation_.matrix();
  return view;
}

void NormalizeObservation::save_state(StateWriter& out) const {
  out.put(static_cast<std::uint8_t>(update_running_mean_));
  statistics_.save(out);
  rows_.save(out);
  out.put(std::span<const float>(observation_.span()));
}

void NormalizeObservation::load_state(StateReader& in) {
  std::uint8_t update = 0;
  in.get_flags({&update, 1}, "flag update_running_mean");
  update_running_mean_ = update == 1;
  statistics_.load(in);
  rows_.load(in);
  in.get(observation_.span());
  refresh_scale();
}

}  // namespace pavlov::envs
