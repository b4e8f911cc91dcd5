#include "pavlov/kernels/cuda/returns-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<DiscountedReturns>);
PAVLOV_CUDA_KERNEL(Elements<GeneralizedAdvantages>);

}  // namespace pavlov::kernels::cuda
