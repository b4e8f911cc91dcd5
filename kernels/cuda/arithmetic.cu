#include "pavlov/kernels/cuda/arithmetic-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<FillElement>);
PAVLOV_CUDA_KERNEL(Elements<ScaleElement>);
PAVLOV_CUDA_KERNEL(Elements<AddElement>);
PAVLOV_CUDA_KERNEL(Elements<AbsoluteDifference>);
PAVLOV_CUDA_KERNEL(Elements<NarrowElement>);
PAVLOV_CUDA_KERNEL(Elements<CheckFinite, 32>);
PAVLOV_CUDA_KERNEL(Elements<CopyEntry>);

}  // namespace pavlov::kernels::cuda
