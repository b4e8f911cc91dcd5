// A build without LibTorch.
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::nets {
namespace {

constexpr const char* kHowToGetIt =
    "this build has no LibTorch: install libtorch-dev, or point CMAKE_PREFIX_PATH at the torch "
    "folder of a Python wheel, and build again with PAVLOV_TORCH=ON";

}  // namespace

std::unique_ptr<Network> make_torch_mlp(const MlpConfig&) {
  kernels::throw_runtime("torch", kHowToGetIt);
}

bool torch_available(std::string& description) {
  description = kHowToGetIt;
  return false;
}

}  // namespace pavlov::nets
