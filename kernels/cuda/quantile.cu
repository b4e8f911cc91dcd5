#include "pavlov/kernels/cuda/quantile-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(QuantileHuber);
PAVLOV_CUDA_KERNEL(Elements<QuantileTarget>);
PAVLOV_CUDA_KERNEL(QuantileMean);

}  // namespace pavlov::kernels::cuda
