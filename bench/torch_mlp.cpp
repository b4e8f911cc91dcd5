#include "pavlov/bench/torch_mlp.h"

#include <torch/torch.h>

#include "pavlov/bench/torch_layers.h"

namespace pavlov::bench {
namespace {

// The same memory, as a matrix.
torch::Tensor wrap(const kernels::Tensor& matrix) {
  return torch::from_blob(
      const_cast<float*>(matrix.data()),
      {static_cast<std::int64_t>(matrix.dim(0)), static_cast<std::int64_t>(matrix.dim(1))},
      torch::kFloat32);
}

}  // namespace

struct TorchMlp::State {
  torch::nn::Sequential network;
  torch::optim::Adam optimizer;
  torch::Tensor x, target;
};

TorchMlp::TorchMlp(const std::vector<LayerValues>& layers, double learning_rate) {
  at::set_num_threads(1);
  torch::nn::Sequential network = torch_network(layers);
  state_ = std::make_unique<State>(
      State{network,
            torch::optim::Adam(network->parameters(), torch::optim::AdamOptions(learning_rate)),
            {},
            {}});
}

TorchMlp::~TorchMlp() = default;

void TorchMlp::set_samples(const kernels::Tensor& x, const kernels::Tensor& target) {
  state_->x = wrap(x).clone();
  state_->target = wrap(target).clone();
}

void TorchMlp::set_learning_rate(double learning_rate) {
  auto& options = state_->optimizer.param_groups()[0].options();
  static_cast<torch::optim::AdamOptions&>(options).lr(learning_rate);
}

void TorchMlp::train(std::size_t first, std::size_t count) {
  State& s = *state_;
  const auto begin = static_cast<std::int64_t>(first);
  const auto end = static_cast<std::int64_t>(first + count);
  const auto y = s.network->forward(s.x.slice(0, begin, end));
  const auto loss = torch::mse_loss(y, s.target.slice(0, begin, end));
  s.optimizer.zero_grad();
  loss.backward();
  s.optimizer.step();
}

void TorchMlp::forward(const kernels::Tensor& x) {
  const c10::InferenceMode guard;
  state_->network->forward(wrap(x));
}

std::vector<float> TorchMlp::values(const kernels::Tensor& x) {
  const c10::InferenceMode guard;
  const auto y = state_->network->forward(wrap(x)).contiguous();
  return {y.data_ptr<float>(), y.data_ptr<float>() + y.numel()};
}

void torch_multiply(const kernels::Tensor& a, const kernels::Tensor& b, kernels::Tensor& c) {
  const c10::InferenceMode guard;
  auto out = wrap(c);
  at::mm_out(out, wrap(a), wrap(b));
}

}  // namespace pavlov::bench
