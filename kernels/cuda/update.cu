#include "pavlov/kernels/cuda/update-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(SquaresOfBlocks);
PAVLOV_CUDA_KERNEL(FinishNorm);
PAVLOV_CUDA_KERNEL(Elements<AdamElement>);
PAVLOV_CUDA_KERNEL(Elements<RmsPropElement>);
PAVLOV_CUDA_KERNEL(Elements<SgdElement>);
PAVLOV_CUDA_KERNEL(Elements<PolyakElement>);

}  // namespace pavlov::kernels::cuda
