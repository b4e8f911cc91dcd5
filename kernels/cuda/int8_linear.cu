#include "pavlov/kernels/cuda/int8_linear-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<QuantizeColumn>);
PAVLOV_CUDA_KERNEL(Elements<Int8Linear>);

}  // namespace pavlov::kernels::cuda
