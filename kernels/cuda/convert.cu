#include "pavlov/kernels/cuda/convert-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<ToBfloat16>);
PAVLOV_CUDA_KERNEL(Elements<FromBfloat16>);

}  // namespace pavlov::kernels::cuda
