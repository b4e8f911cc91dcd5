// Returns and advantages of a rollout on the device: returns.h of the folder above, on a stream.
//
// Shapes: T steps, N environments, one thread each. Recursions run backwards in double and are
// rounded once per output: the bits of a processor with fused multiply-add. The views of `rollout`
// lie in device memory.
#pragma once

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/returns.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// returns (T,N), see returns.h.
void discounted_returns(Stream& stream, const Rollout& rollout, double discount,
                        MatrixView returns);

// advantage (T,N), and returns (T,N) unless empty, see returns.h.
void generalized_advantages(Stream& stream, const Rollout& rollout, ConstMatrixView value,
                            double discount, double lambda, MatrixView advantage,
                            MatrixView returns);

}  // namespace pavlov::kernels::cuda
