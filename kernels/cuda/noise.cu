#include "pavlov/kernels/cuda/noise-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<NoisePair<Normal>>);
PAVLOV_CUDA_KERNEL(Elements<NoisePair<FactorNoise>>);

}  // namespace pavlov::kernels::cuda
