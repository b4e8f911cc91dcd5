// LibTorch by both doors: the backend, loaded at run time, and a module of one's own, linked.
#include <torch/torch.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "pavlov/nets/backend.h"
#include "pavlov/nets/torch/torch_network.h"

// Columns of f(0) that are 0, the parameters being 0.
int zeros(pavlov::nets::Network& network) {
  for (float& value : network.parameters().values()) value = 0.0f;
  const float x[3] = {};
  float y[2] = {1.0f, 1.0f};
  pavlov::nets::Tape tape;
  network.forward({x, 1, 3}, {y, 1, 2}, tape);
  return (y[0] == 0.0f) + (y[1] == 0.0f);
}

int main() {
  try {
    const auto backend = pavlov::nets::make_mlp(pavlov::nets::Backend::torch,
                                                {.inputs = 3, .hidden = {4}, .outputs = 2});
    pavlov::nets::TorchNetwork module([] { return torch::nn::Linear(3, 2); },
                                      pavlov::nets::TorchNetworkConfig{.inputs = 3, .outputs = 2});
    std::printf("backend %d, module %d\n", zeros(*backend), zeros(module));
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
  return 0;
}
