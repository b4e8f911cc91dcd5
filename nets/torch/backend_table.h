// What libpavlov_torch_backend.so offers to load.cpp: one function that returns one table.
//
// Both sides are compiled from one tree; the version in the function's name keeps those of two
// releases apart.
#pragma once

#include <memory>
#include <string>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

struct TorchBackend {
  std::unique_ptr<Network> (*make_mlp)(const MlpConfig& config);
  std::string (*describe)();
};

using TorchBackendEntry = const TorchBackend& (*)();

}  // namespace pavlov::nets
