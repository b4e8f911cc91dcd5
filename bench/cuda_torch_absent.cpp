// Compiled instead of cuda_torch.cpp where the build has no LibTorch.
#include <cstdio>

#include "pavlov/bench/cuda_agents.h"

namespace pavlov::bench {

void add_agents_against_torch() {
  std::fprintf(stderr, "bench_cuda: NOT RUN against LibTorch: this build has none\n");
}

}  // namespace pavlov::bench
