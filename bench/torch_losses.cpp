#include "pavlov/bench/torch_losses.h"

#include <torch/torch.h>

#include <functional>
#include <utility>

namespace pavlov::bench {
namespace {

torch::Tensor tensor(kernels::ConstMatrixView m) {
  at::set_num_threads(1);
  const auto rows = static_cast<std::int64_t>(m.rows), cols = static_cast<std::int64_t>(m.cols);
  const auto stride = static_cast<std::int64_t>(m.stride);
  return torch::from_blob(const_cast<float*>(m.data), {rows, cols}, {stride, 1}, torch::kFloat32)
      .contiguous()
      .clone();
}

}  // namespace

struct TorchLoss::State {
  torch::Tensor output;
  std::function<torch::Tensor(const torch::Tensor&)> loss;
};

TorchLoss::TorchLoss(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->output.set_requires_grad(true);
}
TorchLoss::~TorchLoss() = default;
TorchLoss::TorchLoss(TorchLoss&&) noexcept = default;
TorchLoss& TorchLoss::operator=(TorchLoss&&) noexcept = default;

float TorchLoss::step() {
  state_->output.mutable_grad() = torch::Tensor();
  const torch::Tensor loss = state_->loss(state_->output);
  loss.backward();
  return loss.item<float>();
}

std::vector<float> TorchLoss::gradient() const {
  const torch::Tensor gradient = state_->output.grad().contiguous();
  return {gradient.data_ptr<float>(), gradient.data_ptr<float>() + gradient.numel()};
}

TorchLoss TorchLoss::quantile_huber(kernels::ConstMatrixView quantiles,
                                    kernels::ConstMatrixView target) {
  const torch::Tensor samples = tensor(target);
  const auto n = static_cast<double>(quantiles.cols);
  const torch::Tensor tau =
      ((torch::arange(static_cast<std::int64_t>(quantiles.cols), torch::kFloat32) + 0.5) / n)
          .view({1, -1, 1});
  return TorchLoss(std::make_unique<State>(
      State{tensor(quantiles), [samples, tau](const torch::Tensor& theta) {
              const auto delta = samples.unsqueeze(1) - theta.unsqueeze(2);
              const auto size = delta.abs();
              const auto huber = torch::where(size > 1.0, size - 0.5, 0.5 * delta * delta);
              const auto below = (delta.detach() < 0).to(torch::kFloat32);
              return ((tau - below).abs() * huber).sum(1).mean();
            }}));
}

}  // namespace pavlov::bench
