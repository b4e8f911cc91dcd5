#include "pavlov/kernels/cuda/statistics.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"
#include "pavlov/kernels/cuda/statistics-inl.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "statistics";

}  // namespace

void moments(Stream& stream, std::span<const float> x, Variance kind, std::span<double> result) {
  check_least(kModule, "moments: numbers", x.size(), 1);
  check_size(kModule, "moments: result", result.size(), 2);
  const auto size = static_cast<double>(x.size());
  launch(stream, {"moments", {x.size()}},
         MomentsKernel{x.data(), x.size(), kind == Variance::sample ? size - 1.0 : size,
                       result.data()});
}

void standardize(Stream& stream, std::span<float> x, Variance kind, float epsilon,
                 std::span<double> scratch) {
  require(epsilon >= 0.0f, kModule, "epsilon", epsilon, "at least 0");
  check_size(kModule, "standardize: scratch", scratch.size(), 2);
  if (x.size() < 2) return;
  moments(stream, x, kind, scratch);
  launch(stream, {"standardize", {x.size()}},
         Elements<Standardize>{{x.data(), scratch.data(), static_cast<double>(epsilon)}, x.size()});
}

}  // namespace pavlov::kernels::cuda
