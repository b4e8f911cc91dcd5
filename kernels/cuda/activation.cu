#include "pavlov/kernels/cuda/activation-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(Elements<MapElement<Exp>>);
PAVLOV_CUDA_KERNEL(Elements<MapElement<Tanh>>);
PAVLOV_CUDA_KERNEL(Elements<MapElement<Sigmoid>>);
PAVLOV_CUDA_KERNEL(Elements<MapElement<Relu>>);
PAVLOV_CUDA_KERNEL(Elements<MapElement<GeluErf>>);
PAVLOV_CUDA_KERNEL(Elements<MapElement<GeluTanh>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<ExpGradient>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<TanhGradient>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<SigmoidGradient>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<ReluGradient>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<GeluErfGradient>>);
PAVLOV_CUDA_KERNEL(Elements<GradientElement<GeluTanhGradient>>);

}  // namespace pavlov::kernels::cuda
