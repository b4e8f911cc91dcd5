// Marks functions that CUDA code may call too.
#pragma once

#if defined(__CUDACC__)
#define PAVLOV_HOST_DEVICE __host__ __device__
#else
#define PAVLOV_HOST_DEVICE
#endif
