#include "pavlov/kernels/cuda/statistics-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(MomentsKernel);
PAVLOV_CUDA_KERNEL(Elements<Standardize>);

}  // namespace pavlov::kernels::cuda
