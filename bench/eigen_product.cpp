#include "pavlov/bench/eigen_product.h"

#include <Eigen/Core>

#include "pavlov/bench/build_name.h"

namespace pavlov::bench {

std::string eigen_name() { return kEigen; }

void eigen_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto m = static_cast<Eigen::Index>(a.dim(0)), k = static_cast<Eigen::Index>(a.dim(1)),
             n = static_cast<Eigen::Index>(b.dim(1));
  Eigen::Map<Matrix>(c.data(), m, n).noalias() =
      Eigen::Map<const Matrix>(a.data(), m, k) * Eigen::Map<const Matrix>(b.data(), k, n);
}

}  // namespace pavlov::bench
