// Mlp computed by LibTorch, for code that does not know LibTorch.
//
// LibTorch is loaded when one of these functions is first called, from the library
// libpavlov_torch_backend.so: its 280 shared libraries and half a second of start-up are paid by
// the programs that use it.
#pragma once

#include <memory>
#include <string>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

// A TorchNetwork (torch_network.h) with the parameters of Mlp: the same names, and weights stored
// (inputs, outputs), so that either loads what the other has saved. All values zero. Throws as
// mlp_parameters; std::runtime_error, which says how to get it, where LibTorch is not there.
std::unique_ptr<Network> make_torch_mlp(const MlpConfig& config);

// True where LibTorch can be used; `description` is then its version, its number of threads, which
// this sets to one (torch_network.h), and its BLAS: "1.13.0, 1 thread, OpenBLAS for Haswell". Else
// why not, and how to get it.
bool torch_available(std::string& description);

}  // namespace pavlov::nets
