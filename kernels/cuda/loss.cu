#include "pavlov/kernels/cuda/loss-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(LossKernel<Huber>);
PAVLOV_CUDA_KERNEL(LossKernel<Square>);
PAVLOV_CUDA_KERNEL(WeightedMean);

}  // namespace pavlov::kernels::cuda
