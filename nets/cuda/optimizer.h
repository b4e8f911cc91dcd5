// Optimizers on the CUDA device: nets/optimizer.h with moments, norm and clipping in device memory.
//
// A step has two halves. `prepare` says on the host what changes from step to step, of one step or
// of several to come; `enqueue` puts a step on a stream, where it reads what was prepared. So the
// second half can be captured in a graph together with the passes before it, and each replay finds
// the numbers of its own step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "pavlov/kernels/cuda/cursor.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/cuda/update.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::nets::cuda {

using kernels::cuda::Stream;

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // What the next `steps` steps take, at most those it was made for. Those prepared before must be
  // through (Stream::synchronize).
  virtual void prepare(double learning_rate, std::size_t steps = 1) = 0;
  // The last `steps` of those prepared were not taken.
  virtual void take_back(std::size_t steps) = 0;
  // Enqueues the way of what was prepared to the device.
  virtual void enqueue_prepared(Stream& stream) = 0;

  // Scales the gradient to a global norm of at most `max_norm` (0: no limit), steps, and zeroes the
  // gradient: number cursor[0] (device memory) of the steps that were prepared; null: the first.
  // Where the norm, or loss[0] unless `loss` is null, is not finite, it only zeroes the gradient.
  void enqueue(Stream& stream, std::span<float> values, std::span<float> gradient, double max_norm,
               const float* loss, const kernels::cuda::Cursor* cursor = nullptr);

  // The norm of the last step before scaling, (1) in device memory.
  const double* norm() const { return norm_.data(); }

 protected:
  explicit Optimizer(std::size_t flat_size);

 private:
  virtual void update(Stream& stream, std::span<float> values, std::span<float> gradient,
                      const float* scale, const kernels::cuda::Cursor* cursor) = 0;

  kernels::Tensor scale_;
  kernels::TensorOf<double> scratch_, norm_;
};

// For a buffer of this many flat elements, and up to `most_steps` steps to be prepared at once.
// Throws as nets::make_optimizer, and std::runtime_error where there is no device.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, std::size_t flat_size,
                                          std::size_t most_steps = 1);

}  // namespace pavlov::nets::cuda
