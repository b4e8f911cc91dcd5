// What the wrappers compute, as plain loops over the rows of a step: their baselines and slow
// twins.
//
// Each has step(env, actions), which steps a bare environment and computes, and agrees(step),
// whether that is what a wrapper showed. Modes of the environment: same_step, of PlainRepeatAction
// disabled.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "pavlov/bench/contest.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::bench {

inline bool over(const envs::StepView& step, std::size_t i) {
  return step.terminated[i] != 0 || step.truncated[i] != 0;
}

// Whether the rows of ended episodes are the same in two final observations.
inline bool same_ends(const envs::StepView& step, const std::vector<float>& final_observation) {
  const std::size_t cols = step.final_observation.cols;
  for (std::size_t i = 0; i < step.reward.size(); ++i) {
    const std::span<const float> row(final_observation.data() + i * cols, cols);
    if (over(step, i) && !same_bytes(step.final_observation.row(i), row)) return false;
  }
  return true;
}

// Running moments of one column: Chan, Golub and LeVeque's formula.
struct PlainMoments {
  double mean = 0.0, variance = 1.0, count = 1e-4;

  void add(double batch_mean, double batch_variance, double n) {
    const double delta = batch_mean - mean, total = count + n;
    const double m2 = variance * count + batch_variance * n + delta * delta * count * n / total;
    mean += delta * n / total;
    variance = m2 / total;
    count = total;
  }
};

class PlainNormalizeObservation {
 public:
  explicit PlainNormalizeObservation(envs::ConstMatrixView start)
      : moments_(start.cols),
        observation_(start.rows * start.cols),
        final_observation_(observation_.size()) {
    show(start);
  }
  void step(envs::VecEnv& env, const envs::ActionView& actions) {
    const envs::StepView step = env.step(actions);
    show(step.observation);
    const std::size_t cols = moments_.size();
    for (std::size_t i = 0; i < step.reward.size(); ++i) {
      if (!over(step, i)) continue;
      for (std::size_t k = 0; k < cols; ++k) {
        final_observation_[i * cols + k] = normalized(step.final_observation(i, k), k);
      }
    }
  }
  bool agrees(const envs::StepView& step) const {
    return same_bytes<float>({step.observation.data, observation_.size()}, observation_) &&
           same_ends(step, final_observation_);
  }

 private:
  void show(envs::ConstMatrixView x) {
    const auto n = static_cast<double>(x.rows);
    std::vector<double>& mean = mean_;
    std::vector<double>& variance = variance_;
    mean.assign(x.cols, 0.0);
    variance.assign(x.cols, 0.0);
    for (std::size_t i = 0; i < x.rows; ++i) {
      for (std::size_t k = 0; k < x.cols; ++k) mean[k] += static_cast<double>(x(i, k));
    }
    for (double& m : mean) m /= n;
    for (std::size_t i = 0; i < x.rows; ++i) {
      for (std::size_t k = 0; k < x.cols; ++k) {
        const double deviation = static_cast<double>(x(i, k)) - mean[k];
        variance[k] += deviation * deviation;
      }
    }
    scale_.resize(x.cols);
    for (std::size_t k = 0; k < x.cols; ++k) {
      moments_[k].add(mean[k], variance[k] / n, n);
      scale_[k] = std::sqrt(moments_[k].variance + 1e-8);
    }
    for (std::size_t i = 0; i < x.rows; ++i) {
      for (std::size_t k = 0; k < x.cols; ++k)
        observation_[i * x.cols + k] = normalized(x(i, k), k);
    }
  }
  float normalized(float x, std::size_t k) const {
    return static_cast<float>((static_cast<double>(x) - moments_[k].mean) / scale_[k]);
  }

  std::vector<PlainMoments> moments_;
  std::vector<double> mean_, variance_, scale_;
  std::vector<float> observation_, final_observation_;
};

// Sums one after the other, where the wrapper sums pairwise: close, not the same bits.
class PlainNormalizeReward {
 public:
  explicit PlainNormalizeReward(envs::ConstMatrixView start)
      : sum_(start.rows), shown_(start.rows), reward_(start.rows) {}
  void step(envs::VecEnv& env, const envs::ActionView& actions) {
    const envs::StepView step = env.step(actions);
    const std::size_t size = sum_.size();
    double mean = 0.0, variance = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
      sum_[i] = sum_[i] * 0.99 * (step.terminated[i] != 0 ? 0.0 : 1.0) + step.reward[i];
      shown_[i] = sum_[i];
      mean += sum_[i];
      if (over(step, i)) sum_[i] = 0.0;
    }
    const auto n = static_cast<double>(size);
    mean /= n;
    for (const double g : shown_) variance += (g - mean) * (g - mean);
    moments_.add(mean, variance / n, n);
    const double scale = std::sqrt(moments_.variance + 1e-8);
    for (std::size_t i = 0; i < size; ++i) reward_[i] = step.reward[i] / scale;
  }
  bool agrees(const envs::StepView& step) const {
    for (std::size_t i = 0; i < reward_.size(); ++i) {
      if (!(std::abs(step.reward[i] - reward_[i]) <= 1e-12 * std::abs(reward_[i]))) return false;
    }
    return true;
  }

 private:
  PlainMoments moments_;
  std::vector<double> sum_, shown_, reward_;
};

class PlainRecordEpisodeStatistics {
 public:
  explicit PlainRecordEpisodeStatistics(envs::ConstMatrixView start)
      : return_(start.rows),
        start_(start.rows, now()),
        episode_return_(start.rows),
        episode_time_(start.rows),
        length_(start.rows),
        episode_length_(start.rows) {}
  void step(envs::VecEnv& env, const envs::ActionView& actions) {
    const envs::StepView step = env.step(actions);
    for (std::size_t i = 0; i < return_.size(); ++i) {
      return_[i] += step.reward[i];
      ++length_[i];
      episode_return_[i] = episode_time_[i] = 0.0;
      episode_length_[i] = 0;
      if (!over(step, i)) continue;
      episode_return_[i] = return_[i];
      episode_length_[i] = length_[i];
      episode_time_[i] = now() - start_[i];
      queue_.push_back(return_[i]);
      if (queue_.size() > 100) queue_.pop_front();
      return_[i] = 0.0;
      length_[i] = 0;
      start_[i] = now();
    }
  }
  std::span<const double> episode_return() const { return episode_return_; }
  std::span<const std::int64_t> episode_length() const { return episode_length_; }

 private:
  static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  std::vector<double> return_, start_, episode_return_, episode_time_;
  std::vector<std::int64_t> length_, episode_length_;
  std::deque<double> queue_;
};

class PlainFrameStack {
 public:
  static constexpr std::size_t kFrames = 4;

  explicit PlainFrameStack(envs::ConstMatrixView start)
      : cols_(start.cols),
        observation_(start.rows * kFrames * cols_),
        final_observation_(observation_.size()) {
    for (std::size_t i = 0; i < start.rows; ++i) begin(i, start.row(i));
  }
  void step(envs::VecEnv& env, const envs::ActionView& actions) {
    const envs::StepView step = env.step(actions);
    for (std::size_t i = 0; i < step.reward.size(); ++i) {
      float* stack = observation_.data() + i * kFrames * cols_;
      const bool ends = over(step, i);
      const auto frame = ends ? step.final_observation.row(i) : step.observation.row(i);
      std::copy(stack + cols_, stack + kFrames * cols_, stack);
      std::copy(frame.begin(), frame.end(), stack + (kFrames - 1) * cols_);
      if (!ends) continue;
      std::copy_n(stack, kFrames * cols_, final_observation_.data() + i * kFrames * cols_);
      begin(i, step.observation.row(i));
    }
  }
  bool agrees(const envs::StepView& step) const {
    return same_bytes<float>({step.observation.data, observation_.size()}, observation_) &&
           same_ends(step, final_observation_);
  }

 private:
  void begin(std::size_t i, std::span<const float> frame) {
    for (std::size_t k = 0; k < kFrames; ++k) {
      std::copy(frame.begin(), frame.end(), observation_.data() + (i * kFrames + k) * cols_);
    }
  }
  std::size_t cols_;
  std::vector<float> observation_, final_observation_;
};

class PlainRepeatAction {
 public:
  static constexpr int kRepeats = 4;

  explicit PlainRepeatAction(envs::ConstMatrixView start)
      : observation_(start),
        reward_(start.rows),
        terminated_(start.rows),
        truncated_(start.rows),
        ended_(start.rows),
        final_observation_(start.rows * start.cols) {}
  void step(envs::VecEnv& env, const envs::ActionView& actions) {
    const std::size_t size = reward_.size();
    std::fill(reward_.begin(), reward_.end(), 0.0);
    for (std::vector<std::uint8_t>* flags : {&terminated_, &truncated_, &ended_}) {
      std::fill(flags->begin(), flags->end(), 0);
    }
    for (int k = 0; k < kRepeats; ++k) {
      const envs::StepView step = env.step_running(actions);
      observation_ = step.observation;
      for (std::size_t i = 0; i < size; ++i) {
        reward_[i] += step.reward[i];
        if (!over(step, i)) continue;
        terminated_[i] = step.terminated[i];
        truncated_[i] = step.truncated[i];
        ended_[i] = 1;
        const auto row = step.final_observation.row(i);
        std::copy(row.begin(), row.end(), final_observation_.data() + i * row.size());
      }
    }
    if (std::find(ended_.begin(), ended_.end(), 1) != ended_.end()) {
      observation_ = env.reset(std::span<const std::uint8_t>(ended_));
    }
  }
  bool agrees(const envs::StepView& step) const {
    const std::size_t size = observation_.rows * observation_.cols;
    return same_bytes<float>({step.observation.data, size}, {observation_.data, size}) &&
           same_bytes<double>(step.reward, reward_) &&
           same_bytes<std::uint8_t>(step.terminated, terminated_) &&
           same_bytes<std::uint8_t>(step.truncated, truncated_) &&
           same_ends(step, final_observation_);
  }

 private:
  envs::ConstMatrixView observation_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> terminated_, truncated_, ended_;
  std::vector<float> final_observation_;
};

}  // namespace pavlov::bench
