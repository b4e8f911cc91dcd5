#include "pavlov/kernels/cuda/softmax-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(SoftmaxForward);
PAVLOV_CUDA_KERNEL(SoftmaxBackward);
PAVLOV_CUDA_KERNEL(LogSoftmaxForward);
PAVLOV_CUDA_KERNEL(LogSoftmaxBackward);
PAVLOV_CUDA_KERNEL(CrossEntropyKernel<ColumnTarget>);
PAVLOV_CUDA_KERNEL(CrossEntropyKernel<DistributionTarget>);

}  // namespace pavlov::kernels::cuda
