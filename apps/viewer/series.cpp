#include "pavlov/apps/viewer/series.h"

#include <algorithm>
#include <cmath>

#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

// The mean of `n` values in `a` and `m` values in `b`; the band holds both bands.
SeriesPoint merged(const SeriesPoint& a, std::size_t n, const SeriesPoint& b, std::size_t m) {
  const double share = static_cast<double>(m) / static_cast<double>(n + m);
  return {b.x, a.mean + share * (b.mean - a.mean), a.low + share * (b.low - a.low),
          a.high + share * (b.high - a.high)};
}

}  // namespace

Series::Series(std::size_t capacity) : capacity_(capacity) {
  kernels::require(capacity >= 2 && capacity % 2 == 0, "viewer", "capacity", capacity,
                   "even, at least 2");
  points_.reserve(capacity);
}

void Series::add(const SeriesPoint& point) {
  if (!std::isfinite(point.mean) || !std::isfinite(point.low) || !std::isfinite(point.high)) return;
  last_ = point;
  if (pending_ > 0 && pending_ < stride_) {
    points_.back() = merged(points_.back(), pending_, point, 1);
    ++pending_;
    return;
  }
  if (points_.size() == capacity_) {
    for (std::size_t k = 0; k < capacity_ / 2; ++k) {
      points_[k] = merged(points_[2 * k], stride_, points_[2 * k + 1], stride_);
    }
    points_.resize(capacity_ / 2);
    stride_ *= 2;
  }
  points_.push_back(point);
  pending_ = 1;
}

void Series::clear() {
  points_.clear();
  stride_ = 1;
  pending_ = 0;
  last_ = {};
}

}  // namespace pavlov::apps
