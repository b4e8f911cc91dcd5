#include "pavlov/kernels/cuda/distance-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<SquaredDistance>);

}  // namespace pavlov::kernels::cuda
