#include "pavlov/kernels/cuda/policy_loss-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(PolicyLossKernel);
PAVLOV_CUDA_KERNEL(ClippedValueKernel);

}  // namespace pavlov::kernels::cuda
