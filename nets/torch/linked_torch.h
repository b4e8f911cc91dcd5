// LibTorch for programs that are linked with it; others use torch_mlp.h.
#pragma once

#include <memory>
#include <string>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

// As make_torch_mlp and the description of torch_available.
std::unique_ptr<Network> make_linked_torch_mlp(const MlpConfig& config);
std::string linked_torch_description();

// Sets LibTorch and OpenBLAS to one thread, the first time it is called: parallelism is ours, over
// environments, and results do not depend on the number of threads.
void use_one_torch_thread();

}  // namespace pavlov::nets
