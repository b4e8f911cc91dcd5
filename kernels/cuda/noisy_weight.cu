#include "pavlov/kernels/cuda/noisy_weight-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<NoisyWeight>);
PAVLOV_CUDA_KERNEL(Elements<NoisyWeightBackward>);

}  // namespace pavlov::kernels::cuda
