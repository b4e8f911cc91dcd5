// History: the slow twin of running statistics: keeps every value and computes from all of them.
#pragma once

#include <vector>

namespace pavlov::envs {

// Begins, as RunningMeanStd does, with a value that counts 1e-4, of mean 0 and variance 1.
struct History {
  std::vector<long double> values;

  long double count() const { return 1e-4L + static_cast<long double>(values.size()); }
  long double mean() const {
    long double sum = 0;
    for (const long double x : values) sum += x;
    return sum / count();
  }
  long double variance() const {
    const long double m = mean();
    long double sum = 1e-4L * (1 + m * m);
    for (const long double x : values) sum += (x - m) * (x - m);
    return sum / count();
  }
};

}  // namespace pavlov::envs
