#include "pavlov/kernels/cuda/linear-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(ProductKernel);
PAVLOV_CUDA_KERNEL(Elements<AddBias>);
PAVLOV_CUDA_KERNEL(ColumnSums<GateTerm>);

}  // namespace pavlov::kernels::cuda
