#include "pavlov/tests/cuda/sample_kernels-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<AddTo>);
PAVLOV_CUDA_KERNEL(SumAll);

}  // namespace pavlov::kernels::cuda
