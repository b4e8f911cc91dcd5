#include "pavlov/kernels/cuda/distribution-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(CategoricalProbability);
PAVLOV_CUDA_KERNEL(CategoricalMean);
PAVLOV_CUDA_KERNEL(Elements<CategoricalProjection>);
PAVLOV_CUDA_KERNEL(CategoricalLoss);

}  // namespace pavlov::kernels::cuda
