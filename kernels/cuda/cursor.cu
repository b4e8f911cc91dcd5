#include "pavlov/kernels/cuda/cursor-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<ReadRow<float>>);
PAVLOV_CUDA_KERNEL(Elements<ReadRow<std::uint32_t>>);
PAVLOV_CUDA_KERNEL(Elements<WriteRow>);
PAVLOV_CUDA_KERNEL(Elements<Advance, 32>);

}  // namespace pavlov::kernels::cuda
