// NormalizeObservation: observations with running mean 0 and variance 1 in every column.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/vector/stateful_observation.py. First the statistics
// take in all rows that are shown, of resets as well as of steps, then
//   observation <- float32((observation - mean) / sqrt(variance + epsilon))
// with the statistics as they are after that (running_mean_std.h). The space becomes (-inf, inf).
// Statistics survive resets. Frozen (update_running_mean false) they are used and not updated, as
// for evaluation.
//
// final_observation is normalized with the same statistics as the observation beside it, and adds
// nothing to them of its own:
//   next_step, disabled  it equals the observation of its row
//   same_step            it is normalized with statistics that have taken in the first observation
//                        of the next episode in its place, as Stable-Baselines3's VecNormalize does
// A masked reset takes in the rows it has reset and normalizes those; the other rows keep what they
// showed. In disabled mode resting rows (step_running) keep theirs, too, and are not taken in.
//
// Differs: Gymnasium's vector form accepts next_step mode and full resets alone, and keeps
// float32 statistics. Here float64 is the default, since float32 sums lose small changes of a large
// mean; statistics = float32 gives Gymnasium's bits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/envs/wrappers/episode_rows.h"
#include "pavlov/envs/wrappers/running_mean_std.h"
#include "pavlov/envs/wrappers/vec_env_wrapper.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::envs {

struct NormalizeObservationConfig {
  double epsilon = 1e-8;  // > 0, added to the variance
  StatisticsPrecision statistics = StatisticsPrecision::float64;
};

class NormalizeObservation final : public VecEnvWrapper {
 public:
  // Throws std::invalid_argument for an epsilon that is not positive.
  explicit NormalizeObservation(std::unique_ptr<VecEnv> env,
                                const NormalizeObservationConfig& config = {});

  const EnvSpec& spec() const override { return spec_; }

  bool update_running_mean() const { return update_running_mean_; }
  void set_update_running_mean(bool update) { update_running_mean_ = update; }
  // Mean and variance of each observation dimension. To evaluate with what a training environment
  // has learnt: freeze the other one and set its moments.
  RunningMoments moments() const { return statistics_.moments(); }
  void set_moments(const RunningMoments& moments);

 protected:
  ConstMatrixView after_reset(ConstMatrixView observation,
                              std::span<const std::uint8_t> mask) override;
  StepView after_step(const StepView& step) override;
  void save_state(StateWriter& out) const override;
  void load_state(StateReader& in) override;

 private:
  // Takes in `rows` of the inner observation and normalizes them into observation_.
  void show(ConstMatrixView observation, std::span<const std::uint32_t> rows);
  void normalize(std::span<const float> from, float* to) const;
  // All rows, which have no gaps between them; `columns` is scratch.
  template <class Real>
  void normalize_all(ConstMatrixView observation, std::vector<Real>& columns);
  void refresh_scale();

  EnvSpec spec_;
  std::size_t columns_;
  double epsilon_;
  StatisticsPrecision precision_;
  bool update_running_mean_ = true;
  RunningMeanStd statistics_;
  std::vector<double> scale_;  // (O) sqrt(variance + epsilon)
  EpisodeRows rows_;
  std::vector<std::uint32_t> all_;   // (N) 0, 1, ...
  std::vector<std::uint32_t> some_;  // (N) scratch
  std::vector<double> repeated_;     // scratch: mean and scale, repeated
  std::vector<float> repeated_single_;
  kernels::Tensor observation_;        // (N,O)
  kernels::Tensor final_observation_;  // (N,O)
};

}  // namespace pavlov::envs
