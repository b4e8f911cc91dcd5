#include "pavlov/kernels/cuda/layer_norm-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_KERNEL(LayerNormForward);
PAVLOV_CUDA_KERNEL(ColumnSums<LayerNormTerm>);
PAVLOV_CUDA_KERNEL(LayerNormBackward);

}  // namespace pavlov::kernels::cuda
