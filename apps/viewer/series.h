// Series: a curve that grows for as long as a run takes, in bounded memory.
//
// When it is full, neighbours are merged two by two: a long run is shown at a lower resolution, not
// cut off. Adding takes constant time on average and never allocates.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pavlov::apps {

struct SeriesPoint {
  double x = 0.0;  // steps
  double mean = 0.0;
  double low = 0.0, high = 0.0;  // of a band around the mean; equal to it where there is none
};

class Series {
 public:
  static constexpr std::size_t kCapacity = 512;

  // Room for `capacity` points; an even number, at least 2.
  explicit Series(std::size_t capacity);
  Series() : Series(kCapacity) {}

  // `x` must not be below the last one. Values that are not finite are left out.
  void add(double x, double mean) { add({x, mean, mean, mean}); }
  void add(const SeriesPoint& point);
  void clear();

  // The last one may still be growing: a mean of fewer values than the others.
  std::span<const SeriesPoint> points() const { return points_; }
  bool empty() const { return points_.empty(); }
  // The last values as they were given.
  const SeriesPoint& last() const { return last_; }

 private:
  std::vector<SeriesPoint> points_;
  std::size_t capacity_;
  std::size_t stride_ = 1;   // values per point
  std::size_t pending_ = 0;  // values in the last point
  SeriesPoint last_;
};

}  // namespace pavlov::apps
