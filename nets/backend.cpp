#include "pavlov/nets/backend.h"

#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::nets {

std::unique_ptr<Network> make_mlp(Backend backend, const MlpConfig& config) {
  if (backend == Backend::torch) return make_torch_mlp(config);
  return std::make_unique<Mlp>(config);
}

}  // namespace pavlov::nets
