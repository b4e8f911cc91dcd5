// Backend: who computes a network. The native kernels are the default and the faster ones at the
// sizes of control tasks; LibTorch is there for comparison and for modules of one's own.
#pragma once

#include <cstdint>
#include <memory>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

enum class Backend : std::uint8_t {
  native,  // Mlp
  torch,   // LibTorch, where it is installed (torch/torch_mlp.h)
};

// A network of this shape, its values being zero. Both backends have the same parameters, so a
// policy that one has trained is a policy of the other. Throws as mlp_parameters, and
// std::runtime_error where LibTorch is not there.
std::unique_ptr<Network> make_mlp(Backend backend, const MlpConfig& config);

}  // namespace pavlov::nets
