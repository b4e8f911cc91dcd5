#include "pavlov/kernels/cuda/rows-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<GatherRow>);
PAVLOV_CUDA_KERNEL(Elements<GatherValue<float>>);
PAVLOV_CUDA_KERNEL(Elements<GatherValue<std::int32_t>>);
PAVLOV_CUDA_KERNEL(Elements<SelectColumn>);
PAVLOV_CUDA_KERNEL(Elements<ScatterColumn>);
PAVLOV_CUDA_KERNEL(Elements<BootstrapTarget>);
PAVLOV_CUDA_KERNEL(ArgmaxKernel);
PAVLOV_CUDA_KERNEL(MaxKernel);

}  // namespace pavlov::kernels::cuda
