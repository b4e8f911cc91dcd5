// RunningMeanStd: running mean and population variance of a stream of batches.
//
// Source: Gymnasium 1.4, gymnasium/wrappers/utils.py, RunningMeanStd: the parallel formula of Chan,
// Golub and LeVeque (1979). With running (m, v, c) and a batch of n rows with moments (m', v'):
//   delta = m' - m;  t = c + n
//   m <- m + delta * n / t
//   v <- (v * c + v' * n + delta^2 * c * n / t) / t
//   c <- t
// It begins with mean 0, variance 1 and count 1e-4, so that the first batch counts for nearly all.
//
// float64 does all of it in double. float32 rounds every operation to float32, in the order in
// which NumPy 2 does, and has the bits of Gymnasium: column sums row after row, a single column
// pairwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/envs/spaces.h"
#include "pavlov/kernels/state_io.h"

namespace pavlov::envs {

using kernels::StateReader;
using kernels::StateWriter;

enum class StatisticsPrecision : std::uint8_t {
  float64,
  float32,  // as Gymnasium's vector wrappers
};

// "float64" or "float32".
const char* to_string(StatisticsPrecision precision);

// Statistics as they are handed around; K values each.
struct RunningMoments {
  std::vector<double> mean;
  std::vector<double> variance;
  double count = 0.0;
};

class RunningMeanStd {
 public:
  // Of K = `size` columns.
  RunningMeanStd(std::size_t size, StatisticsPrecision precision);

  std::size_t size() const { return mean_.size(); }
  double mean(std::size_t k) const { return mean_[k]; }
  double variance(std::size_t k) const { return variance_[k]; }
  double count() const { return count_; }

  // Adds the given rows of x (N,K); nothing where `rows` is empty.
  void update(ConstMatrixView x, std::span<const std::uint32_t> rows);
  // For K = 1: adds `values`, whose batch moments are taken in `precision`, while the running
  // moments stay float64: what NumPy does with float32 values and float64 statistics.
  void update(std::span<const double> values, StatisticsPrecision precision);

  RunningMoments moments() const;
  // Throws std::invalid_argument for another size, values that are not finite, a negative variance
  // or a count that is not positive.
  void set_moments(const RunningMoments& moments);

  void save(StateWriter& out) const;
  // Throws std::runtime_error.
  void load(StateReader& in);

 private:
  StatisticsPrecision precision_;
  double count_ = 1e-4;
  std::vector<double> mean_;  // (K) float32 values where that is the precision
  std::vector<double> variance_;
};

}  // namespace pavlov::envs
