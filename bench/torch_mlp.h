// Fully connected layers in LibTorch: the forward pass, the training step with autograd and Adam,
// and a plain matrix product. The baselines of bench_network.
//
// LibTorch stays behind this header. Everything runs on one thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pavlov/bench/layer_values.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

class TorchMlp {
 public:
  // ReLU network with these values; Adam with PyTorch's defaults.
  TorchMlp(const std::vector<LayerValues>& layers, double learning_rate);
  ~TorchMlp();

  // Rows to learn from: x (M,I), target (M,O).
  void set_samples(const kernels::Tensor& x, const kernels::Tensor& target);
  void set_learning_rate(double learning_rate);
  // One step on the samples [first, first + count): mean squared error, gradient, Adam.
  void train(std::size_t first, std::size_t count);
  // Outputs for x (B,I), without autograd; the result is dropped.
  void forward(const kernels::Tensor& x);
  // The same outputs (B,O).
  std::vector<float> values(const kernels::Tensor& x);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// c (M,N) = a (M,K) b (K,N), without autograd.
void torch_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c);

}  // namespace pavlov::bench
