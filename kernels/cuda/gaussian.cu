#include "pavlov/kernels/cuda/gaussian-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<GaussianSample>);
PAVLOV_CUDA_KERNEL(GaussianForward);
PAVLOV_CUDA_KERNEL(ColumnSums<GaussianTerm>);
PAVLOV_CUDA_KERNEL(Elements<GaussianBackward>);
PAVLOV_CUDA_KERNEL(SquashForward);
PAVLOV_CUDA_KERNEL(Elements<SquashBackward>);

}  // namespace pavlov::kernels::cuda
