// Updates of whole agents on the CUDA device, for cuda_bench.cpp.
#pragma once

namespace pavlov::bench {

// Against the processor's agents, on one thread.
void add_agents();
// DQN and PPO against the same updates in LibTorch on the same device; where this LibTorch has no
// CUDA, or the build has none, it says so and adds nothing.
void add_agents_against_torch();

}  // namespace pavlov::bench
