#include "pavlov/kernels/cuda/categorical-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<DrawAction<true>>);
PAVLOV_CUDA_KERNEL(Elements<DrawAction<false>>);
PAVLOV_CUDA_KERNEL(CategoricalForward);
PAVLOV_CUDA_KERNEL(Elements<CategoricalBackward>);

}  // namespace pavlov::kernels::cuda
