#include "pavlov/tests/cuda/sample_kernels.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/tests/cuda/sample_kernels-inl.h"

namespace pavlov::kernels::cuda {

void add(Stream& stream, std::span<float> x, float amount) {
  launch(stream, {"add", {x.size()}}, Elements<AddTo>{{x.data(), amount}, x.size()});
}

void sum_all(Stream& stream, std::span<const float> x, float* total) {
  launch(stream, {"sum_all", {x.size()}}, SumAll{x.data(), x.size(), total});
}

}  // namespace pavlov::kernels::cuda
