// TorchNetwork: a torch::nn module as a Network. LibTorch computes the forward and the backward
// pass; all else (optimizer, target, clipping, weight files) works on our flat buffer, whose memory
// the module's parameters and their gradients are.
//
// The door for modules of your own, and the only header of Pavlov that includes LibTorch's; link
// pavlov::torch. A module takes x (B,inputs) and gives y (B,outputs), float32, on the CPU:
//
//   struct Net : torch::nn::Module { torch::Tensor forward(torch::Tensor x); ... };
//   auto network = std::make_unique<nets::TorchNetwork>(
//       [] { return std::make_shared<Net>(); },
//       nets::TorchNetworkConfig{.inputs = 1536, .outputs = 2});
//   agents::Dqn agent(config, std::move(network), seed);
//
// Threads: the first network sets LibTorch and OpenBLAS to one thread, for the whole process.
// Randomness: a module's own initial values are drawn from LibTorch's generator, seeded by `seed`
// and put back afterwards; the module is in eval mode, so dropout is off.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "pavlov/nets/network.h"

namespace pavlov::nets {

// A module and its forward function.
struct TorchModule {
  std::shared_ptr<torch::nn::Module> module;
  std::function<torch::Tensor(const torch::Tensor&)> forward;
};

template <class Module>
TorchModule torch_module(const std::shared_ptr<Module>& module) {
  return {module, [module](const torch::Tensor& x) -> torch::Tensor { return module->forward(x); }};
}
template <class Module>  // what TORCH_MODULE declares, and Sequential
TorchModule torch_module(const torch::nn::ModuleHolder<Module>& holder) {
  return torch_module(holder.ptr());
}

struct TorchNetworkConfig {
  std::size_t inputs = 0;   // >= 1
  std::size_t outputs = 0;  // >= 1
  // What describe() gives, and a policy's file says of its network. {"network": "torch"} where
  // empty; inputs and outputs are added.
  std::map<std::string, std::string> description = {};
  std::uint64_t seed = 0;  // of the module's own initial values
  // Whether matrices are stored as the transposes of the module's: (inputs, outputs), as Mlp does.
  bool transpose_matrices = false;
};

class TorchNetwork final : public Network {
 public:
  // `make` returns a new module: a shared_ptr to a class derived from torch::nn::Module with a
  // member forward(Tensor) -> Tensor, or a holder of one. It is called once for each clone. Throws
  // std::invalid_argument where the module gives another shape than (B,outputs), has parameters
  // that are not float32 or that share memory, or has buffers (batch normalization), which no
  // weight file of ours would hold; std::runtime_error for what LibTorch refuses, with shapes.
  template <class Make>
  TorchNetwork(Make make, TorchNetworkConfig config)
      : TorchNetwork(Factory([make] { return torch_module(make()); }), std::move(config)) {}

  std::size_t inputs() const override { return config_.inputs; }
  std::size_t outputs() const override { return config_.outputs; }
  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const override;
  void backward(MatrixView dy, Tape& tape) override;
  ParameterBuffer& parameters() override { return parameters_; }
  const ParameterBuffer& parameters() const override { return parameters_; }
  std::unique_ptr<Network> clone() const override;
  std::map<std::string, std::string> describe() const override;

  // The module, whose parameters are views of parameters().
  torch::nn::Module& module() { return *module_.module; }

 private:
  using Factory = std::function<TorchModule()>;
  struct Graph;  // of one forward pass, on its tape

  TorchNetwork(Factory make, TorchNetworkConfig config);

  TorchModule make_module() const;
  // Makes the module's parameters and their gradients views of the flat arrays.
  void bind_parameters();
  torch::Tensor run(ConstMatrixView x) const;

  const Factory make_;
  const TorchNetworkConfig config_;
  const TorchModule module_;
  ParameterBuffer parameters_;
};

}  // namespace pavlov::nets
