#include "pavlov/kernels/cuda/dueling-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<DuelingForward>);
PAVLOV_CUDA_KERNEL(Elements<DuelingBackward>);

}  // namespace pavlov::kernels::cuda
