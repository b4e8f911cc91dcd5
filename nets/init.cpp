#include "pavlov/nets/init.h"

#include <cmath>
#include <cstddef>
#include <vector>

namespace pavlov::nets {

void orthogonal_init(kernels::MatrixView weight, double gain, kernels::RandomStream& random) {
  // `count` orthonormal vectors of length `length`, by Gram-Schmidt on normal draws. Projecting
  // twice keeps them orthogonal to rounding ("twice is enough": Giraud et al. 2005).
  const bool tall = weight.rows >= weight.cols;
  const std::size_t length = tall ? weight.rows : weight.cols;
  const std::size_t count = tall ? weight.cols : weight.rows;
  std::vector<double> q(count * length);
  for (std::size_t k = 0; k < count; ++k) {
    double* v = q.data() + k * length;
    for (std::size_t i = 0; i < length; ++i) v[i] = random.normal();
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < k; ++j) {
        const double* u = q.data() + j * length;
        double dot = 0.0;
        for (std::size_t i = 0; i < length; ++i) dot += u[i] * v[i];
        for (std::size_t i = 0; i < length; ++i) v[i] -= dot * u[i];
      }
    }
    double norm = 0.0;
    for (std::size_t i = 0; i < length; ++i) norm += v[i] * v[i];
    norm = std::sqrt(norm);
    for (std::size_t i = 0; i < length; ++i) v[i] /= norm;
  }
  for (std::size_t r = 0; r < weight.rows; ++r) {
    for (std::size_t c = 0; c < weight.cols; ++c) {
      weight(r, c) = static_cast<float>(gain * (tall ? q[c * length + r] : q[r * length + c]));
    }
  }
}

void uniform_init(std::span<float> x, double bound, kernels::RandomStream& random) {
  for (float& value : x) value = static_cast<float>(bound * (2.0 * random.uniform_double() - 1.0));
}

}  // namespace pavlov::nets
