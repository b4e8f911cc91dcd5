// ValueLoss on the CUDA device: the twin of agents/value_loss/, for batches of one size.
//
// All views lie in device memory, and every call only enqueues: it allocates nothing and can be
// captured. Shapes: B batch, A actions, Z numbers per action.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "pavlov/agents/value_loss/value_loss.h"
#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::agents::cuda {

class ValueLoss {
 public:
  virtual ~ValueLoss() = default;

  // Keeps what the outputs are to become.
  virtual void enqueue_target(kernels::cuda::Stream& stream, const Bootstrap& bootstrap) = 0;
  // As agents::ValueLoss::compute; loss (1).
  virtual void enqueue(kernels::cuda::Stream& stream, ConstMatrixView outputs,
                       std::span<const std::int32_t> action, std::span<const float> weight,
                       MatrixView gradient, std::span<float> priority, float* loss) = 0;
};

// The one that `config` asks for, for batches of `batch` samples.
std::unique_ptr<ValueLoss> make_value_loss(const DqnConfig& config, std::size_t batch);

// The values (B,A) of the actions, as action_scores of agents/action_head.h: in `scratch` (B,A), or
// the outputs themselves where those are the values.
ConstMatrixView enqueue_scores(kernels::cuda::Stream& stream, const ActionHead& head,
                               ConstMatrixView outputs, MatrixView scratch);

}  // namespace pavlov::agents::cuda
