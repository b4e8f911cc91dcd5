// Adam on the CUDA device: nets/optimizer.h with its moments, norm and clipping in device memory.
//
// A step has two halves. `prepare` says on the host what changes from step to step; `enqueue` puts
// the step on a stream, where it reads what was prepared. So the second half can be captured in a
// graph together with the passes before it, and each replay be prepared anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/cuda/update.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::nets::cuda {

using kernels::cuda::Stream;

class Adam {
 public:
  // For a buffer of this many flat elements.
  Adam(AdamConfig config, std::size_t flat_size);

  // What the next step takes. The step before it must be through (Stream::synchronize).
  void prepare(double learning_rate);

  // Scales the gradient to a global norm of at most `max_norm` (0: no limit), steps, and zeroes the
  // gradient. Where the norm, or loss[0] unless `loss` is null, is not finite, it only zeroes the
  // gradient.
  void enqueue(Stream& stream, std::span<float> values, std::span<float> gradient, double max_norm,
               const float* loss);

  // The norm of the last step before scaling, (1) in device memory.
  const double* norm() const { return norm_.data(); }

 private:
  const AdamConfig config_;
  std::int64_t steps_ = 0;
  kernels::cuda::PinnedArray<kernels::cuda::AdamNumbers> prepared_{1};
  kernels::TensorOf<kernels::cuda::AdamNumbers> numbers_;
  kernels::Tensor m_, v_, scale_;
  kernels::TensorOf<double> scratch_, norm_;
};

}  // namespace pavlov::nets::cuda
