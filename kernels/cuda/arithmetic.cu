#include "pavlov/kernels/cuda/arithmetic-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<ScaleElement>);
PAVLOV_CUDA_KERNEL(Elements<AddElement>);
PAVLOV_CUDA_KERNEL(Elements<AbsoluteDifference>);

}  // namespace pavlov::kernels::cuda
