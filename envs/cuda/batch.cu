// C++20, because the headers of the physics are.
#include "pavlov/envs/cuda/batch-inl.h"

#include "pavlov/kernels/cuda/launch-inl.h"

#define PAVLOV_CUDA_GAME(Game)                       \
  PAVLOV_CUDA_KERNEL(envs::cuda::ResetKernel<Game>); \
  PAVLOV_CUDA_KERNEL(envs::cuda::StepKernel<Game>)

namespace pavlov::kernels::cuda {

PAVLOV_CUDA_GAME(envs::cuda::CartPoleGame);
PAVLOV_CUDA_GAME(envs::cuda::AcrobotGame);
PAVLOV_CUDA_GAME(envs::cuda::MountainCarGame);
PAVLOV_CUDA_GAME(envs::cuda::MountainCarContinuousGame);
PAVLOV_CUDA_GAME(envs::cuda::PendulumGame);

}  // namespace pavlov::kernels::cuda
