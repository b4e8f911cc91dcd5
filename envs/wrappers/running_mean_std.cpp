#include "pavlov/envs/wrappers/running_mean_std.h"

#include <cmath>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

// Moments of one batch, of one column.
template <class Real>
struct BatchMoments {
  Real mean;
  Real variance;
};

// NumPy's pairwise sum of at(0) ... at(n - 1): plain below 8, eight sums up to 128, halves above.
template <class Real, class At>
Real pairwise_sum(const At& at, std::size_t first, std::size_t n) {
  if (n < 8) {
    Real sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += at(first + i);
    return sum;
  }
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum<Real>(at, first, half) + pairwise_sum<Real>(at, first + half, n - half);
  }
  Real r[8];
  for (std::size_t k = 0; k < 8; ++k) r[k] = at(first + k);
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) r[k] += at(first + i + k);
  }
  Real sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < n; ++i) sum += at(first + i);
  return sum;
}

template <class Real, class At>
BatchMoments<Real> moments_of(const At& at, std::size_t n) {
  const Real count = static_cast<Real>(n);
  const Real mean = pairwise_sum<Real>(at, 0, n) / count;
  const auto square = [&](std::size_t i) {
    const Real deviation = at(i) - mean;
    return deviation * deviation;
  };
  return {mean, pairwise_sum<Real>(square, 0, n) / count};
}

// Columns [first, first + kGroup) side by side, so that their sums do not wait for each other.
constexpr std::size_t kGroup = 4;

template <class Real>
void group_moments(ConstMatrixView x, std::span<const std::uint32_t> rows, std::size_t first,
                   std::size_t columns, BatchMoments<Real>* moments) {
  const Real count = static_cast<Real>(rows.size());
  Real mean[kGroup] = {}, variance[kGroup] = {};
  for (const std::uint32_t i : rows) {
    const float* row = x.data + i * x.stride + first;
    for (std::size_t k = 0; k < columns; ++k) mean[k] += static_cast<Real>(row[k]);
  }
  for (std::size_t k = 0; k < columns; ++k) mean[k] /= count;
  for (const std::uint32_t i : rows) {
    const float* row = x.data + i * x.stride + first;
    for (std::size_t k = 0; k < columns; ++k) {
      const Real deviation = static_cast<Real>(row[k]) - mean[k];
      variance[k] += deviation * deviation;
    }
  }
  for (std::size_t k = 0; k < columns; ++k) moments[k] = {mean[k], variance[k] / count};
}

// The formula of the header. A batch of a lesser width multiplies its variance in that width.
template <class Real, class Batch>
void merge(double& running_mean, double& running_variance, double running_count,
           BatchMoments<Batch> batch, std::size_t n) {
  const auto mean = static_cast<Real>(running_mean);
  const auto variance = static_cast<Real>(running_variance);
  const auto count = static_cast<Real>(running_count);
  const auto total = static_cast<Real>(running_count + static_cast<double>(n));
  const auto added = static_cast<Real>(n);
  const Real delta = static_cast<Real>(batch.mean) - mean;
  const Real m_a = variance * count;
  const Real m_b = static_cast<Real>(batch.variance * static_cast<Batch>(n));
  const Real m2 = m_a + m_b + delta * delta * count * added / total;
  running_mean = static_cast<double>(mean + delta * added / total);
  running_variance = static_cast<double>(m2 / total);
}

template <class Real>
void update_columns(ConstMatrixView x, std::span<const std::uint32_t> rows, double count,
                    std::span<double> mean, std::span<double> variance) {
  if (x.cols == 1) {
    const auto at = [&](std::size_t i) { return static_cast<Real>(x(rows[i], 0)); };
    merge<Real>(mean[0], variance[0], count, moments_of<Real>(at, rows.size()), rows.size());
    return;
  }
  for (std::size_t first = 0; first < x.cols; first += kGroup) {
    BatchMoments<Real> batch[kGroup];
    const std::size_t columns = x.cols - first < kGroup ? x.cols - first : kGroup;
    if (columns == kGroup) {
      group_moments(x, rows, first, kGroup, batch);  // a constant: unrolled
    } else {
      group_moments(x, rows, first, columns, batch);
    }
    for (std::size_t k = 0; k < columns; ++k) {
      merge<Real>(mean[first + k], variance[first + k], count, batch[k], rows.size());
    }
  }
}

}  // namespace

const char* to_string(StatisticsPrecision precision) {
  return precision == StatisticsPrecision::float64 ? "float64" : "float32";
}

RunningMeanStd::RunningMeanStd(std::size_t size, StatisticsPrecision precision)
    : precision_(precision), mean_(size, 0.0), variance_(size, 1.0) {}

void RunningMeanStd::update(ConstMatrixView x, std::span<const std::uint32_t> rows) {
  PAVLOV_ASSERT(x.cols == size());
  if (rows.empty()) return;
  if (precision_ == StatisticsPrecision::float64) {
    update_columns<double>(x, rows, count_, mean_, variance_);
  } else {
    update_columns<float>(x, rows, count_, mean_, variance_);
  }
  count_ += static_cast<double>(rows.size());
}

void RunningMeanStd::update(std::span<const double> values, StatisticsPrecision precision) {
  PAVLOV_ASSERT(size() == 1);
  const std::size_t n = values.size();
  if (n == 0) return;
  if (precision == StatisticsPrecision::float64) {
    const auto at = [&](std::size_t i) { return values[i]; };
    merge<double>(mean_[0], variance_[0], count_, moments_of<double>(at, n), n);
  } else {
    const auto at = [&](std::size_t i) { return static_cast<float>(values[i]); };
    merge<double>(mean_[0], variance_[0], count_, moments_of<float>(at, n), n);
  }
  count_ += static_cast<double>(n);
}

RunningMoments RunningMeanStd::moments() const { return {mean_, variance_, count_}; }

void RunningMeanStd::set_moments(const RunningMoments& moments) {
  const auto fail = [](const std::string& what) {
    kernels::throw_argument("RunningMeanStd", what);
  };
  if (moments.mean.size() != size() || moments.variance.size() != size()) {
    fail(std::to_string(moments.mean.size()) + " means and " +
         std::to_string(moments.variance.size()) + " variances: must be " + std::to_string(size()) +
         " each");
  }
  const bool round = precision_ == StatisticsPrecision::float32;
  const auto stored = [&](double x) { return round ? double{static_cast<float>(x)} : x; };
  for (std::size_t k = 0; k < size(); ++k) {
    if (!std::isfinite(stored(moments.mean[k])) || !std::isfinite(stored(moments.variance[k])) ||
        moments.variance[k] < 0) {
      fail("mean " + kernels::number_text(moments.mean[k]) + ", variance " +
           kernels::number_text(moments.variance[k]) + " of column " + std::to_string(k) +
           ": must be finite" + (round ? " in float32" : "") + ", the variance not negative");
    }
  }
  if (!std::isfinite(moments.count) || moments.count <= 0) {
    fail("count " + kernels::number_text(moments.count) + ": must be positive");
  }
  for (std::size_t k = 0; k < size(); ++k) {
    mean_[k] = stored(moments.mean[k]);
    variance_[k] = stored(moments.variance[k]);
  }
  count_ = moments.count;
}

void RunningMeanStd::save(StateWriter& out) const {
  out.put(count_);
  out.put(std::span<const double>(mean_));
  out.put(std::span<const double>(variance_));
}

void RunningMeanStd::load(StateReader& in) {
  count_ = in.get<double>();
  in.get(std::span<double>(mean_));
  in.get(std::span<double>(variance_));
  in.require(std::isfinite(count_) && count_ > 0, "count", count_, "positive and finite");
  // Sums may have overflowed, but nothing that was summed is NaN.
  for (std::size_t k = 0; k < size(); ++k) {
    in.require(!std::isnan(mean_[k]), "mean", mean_[k], "a number");
    in.require(variance_[k] >= 0, "variance", variance_[k], "at least 0");
  }
}

}  // namespace pavlov::envs
