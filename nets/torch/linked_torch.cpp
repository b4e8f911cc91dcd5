#include "pavlov/nets/torch/linked_torch.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/version.h>

#include <algorithm>

#include "pavlov/nets/torch/torch_network.h"

namespace pavlov::nets {
namespace {

// An Mlp as LibTorch's users write one; the names of its parameters are those of ours.
struct MlpModule : torch::nn::Module {
  explicit MlpModule(const MlpConfig& config) : activation(config.activation) {
    std::size_t width = config.inputs;
    for (std::size_t k = 0; k <= config.hidden.size(); ++k) {
      const std::size_t next = k < config.hidden.size() ? config.hidden[k] : config.outputs;
      layers->push_back(
          torch::nn::Linear(static_cast<std::int64_t>(width), static_cast<std::int64_t>(next)));
      width = next;
    }
    register_module("layers", layers);
  }

  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t k = 0; k < layers->size(); ++k) {
      x = layers->ptr<torch::nn::LinearImpl>(k)->forward(x);
      if (k + 1 == layers->size() || activation == kernels::Activation::identity) continue;
      x = activation == kernels::Activation::relu ? torch::relu(x) : torch::tanh(x);
    }
    return x;
  }

  const kernels::Activation activation;
  torch::nn::ModuleList layers;
};

// A function of the BLAS that this process has loaded, or null.
template <class Function>
Function* blas_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

std::unique_ptr<Network> make_linked_torch_mlp(const MlpConfig& config) {
  mlp_parameters(config);  // refuses widths that nobody can have
  auto network =
      std::make_unique<TorchNetwork>([config] { return std::make_shared<MlpModule>(config); },
                                     TorchNetworkConfig{.inputs = config.inputs,
                                                        .outputs = config.outputs,
                                                        .description = describe_mlp(config),
                                                        .transpose_matrices = true});
  std::ranges::fill(network->parameters().values(), 0.0f);
  return network;
}

std::string linked_torch_description() {
  use_one_torch_thread();
  std::string blas = at::hasMKL() ? "MKL" : "an unknown BLAS";
  if (auto* core = blas_function<char*()>("openblas_get_corename")) {
    blas = std::string("OpenBLAS for ") + core();
  }
  const int threads = at::get_num_threads();
  return TORCH_VERSION + std::string(", ") + std::to_string(threads) +
         (threads == 1 ? " thread, " : " threads, ") + blas;
}

void use_one_torch_thread() {
  static const bool once = [] {
    at::set_num_threads(1);
    try {
      at::set_num_interop_threads(1);
    } catch (const c10::Error&) {  // the program's own use of LibTorch has started them
    }
    if (auto* set_threads = blas_function<void(int)>("openblas_set_num_threads")) set_threads(1);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace pavlov::nets
