// Launches of kernels (block-inl.h), for the launchers of this folder and of environments.
//
// launch is defined in launch-inl.h, which only CUDA sources include: a launcher in a .cpp fills in
// a kernel's fields and launches it, and the .cu of the same name says which kernels it compiles:
//   PAVLOV_CUDA_KERNEL(SoftmaxForward);
// In a build without CUDA that source is compiled as C++, and launch throws.
#pragma once

#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// Enqueues all blocks of the kernel. Throws std::runtime_error where the device refuses.
template <class Kernel>
void launch(Stream& stream, const Operation& operation, const Kernel& kernel);

}  // namespace pavlov::kernels::cuda
