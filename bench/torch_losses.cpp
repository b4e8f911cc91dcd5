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

torch::Tensor tensor(std::span<const float> values) {
  return tensor(kernels::ConstMatrixView(values.data(), 1, values.size())).squeeze(0);
}

std::vector<float> values(const torch::Tensor& t) {
  const torch::Tensor packed = t.contiguous();
  return {packed.data_ptr<float>(), packed.data_ptr<float>() + packed.numel()};
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

std::vector<float> TorchLoss::gradient() const { return values(state_->output.grad()); }

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

TorchLoss TorchLoss::categorical(kernels::ConstMatrixView logits,
                                 std::span<const std::int32_t> action,
                                 kernels::ConstMatrixView target, std::span<const float> weight) {
  const auto rows = static_cast<std::int64_t>(target.rows);
  const auto atoms = static_cast<std::int64_t>(target.cols);
  const torch::Tensor m = tensor(target), w = tensor(weight), row = torch::arange(rows);
  const torch::Tensor chosen =
      torch::from_blob(const_cast<std::int32_t*>(action.data()), {rows}, torch::kInt32)
          .to(torch::kInt64);
  return TorchLoss(std::make_unique<State>(
      State{tensor(logits), [m, w, row, chosen, rows, atoms](const torch::Tensor& output) {
              const auto x = output.view({rows, -1, atoms}).index({row, chosen});
              return (-(m * torch::log_softmax(x, 1)).sum(1) * w).mean();
            }}));
}

TorchLoss TorchLoss::ppo_policy(std::span<const float> log_prob,
                                std::span<const float> old_log_prob,
                                std::span<const float> advantage, double clip) {
  const torch::Tensor old = tensor(old_log_prob), a = tensor(advantage);
  return TorchLoss(std::make_unique<State>(
      State{tensor(log_prob), [old, a, clip](const torch::Tensor& output) {
              const auto log_ratio = output - old;
              const auto ratio = log_ratio.exp();
              {
                const torch::NoGradGuard guard;
                ((ratio - 1.0) - log_ratio).mean().item<float>();
                ((ratio - 1.0).abs() > clip).to(torch::kFloat32).mean().item<float>();
              }
              return torch::max(-a * ratio, -a * ratio.clamp(1.0 - clip, 1.0 + clip)).mean();
            }}));
}

TorchLoss TorchLoss::clipped_value(std::span<const float> value, std::span<const float> old_value,
                                   std::span<const float> target, double clip) {
  const torch::Tensor old = tensor(old_value), r = tensor(target);
  return TorchLoss(std::make_unique<State>(
      State{tensor(value), [old, r, clip](const torch::Tensor& output) {
              const auto clipped = old + (output - old).clamp(-clip, clip);
              return torch::max((output - r).square(), (clipped - r).square()).mean();
            }}));
}

struct TorchProjection::State {
  double v_min, v_max;
  std::int64_t rows, atoms;
  torch::Tensor probability, reward, discount, support, first, result;
};

TorchProjection::TorchProjection(const kernels::Support& support,
                                 kernels::ConstMatrixView probability,
                                 std::span<const float> reward, std::span<const float> discount) {
  const auto rows = static_cast<std::int64_t>(probability.rows);
  const auto atoms = static_cast<std::int64_t>(probability.cols);
  state_ = std::make_unique<State>(State{
      support.v_min, support.v_max, rows, atoms, tensor(probability), tensor(reward).unsqueeze(1),
      tensor(discount).unsqueeze(1), torch::linspace(support.v_min, support.v_max, atoms),
      (torch::arange(rows) * atoms).unsqueeze(1), torch::Tensor()});
}

TorchProjection::~TorchProjection() = default;

void TorchProjection::step() {
  const torch::NoGradGuard guard;
  State& s = *state_;
  const double dz = (s.v_max - s.v_min) / static_cast<double>(s.atoms - 1);
  const auto moved = (s.reward + s.discount * s.support).clamp(s.v_min, s.v_max);
  const auto x = ((moved - s.v_min) / dz).clamp(0, s.atoms - 1);
  const auto low = x.floor().clamp_max(s.atoms - 2);
  const auto high_mass = s.probability * (x - low);
  const auto at = (low.to(torch::kInt64) + s.first).view(-1);
  s.result = torch::zeros({s.rows * s.atoms});
  s.result.index_add_(0, at, (s.probability - high_mass).view(-1));
  s.result.index_add_(0, at + 1, high_mass.view(-1));
}

std::vector<float> TorchProjection::result() const { return values(state_->result); }

struct TorchAdam::State {
  std::vector<torch::Tensor> parameters;
  double max_norm;
  std::unique_ptr<torch::optim::Adam> optimizer;
};

TorchAdam::TorchAdam(std::span<const std::size_t> sizes, std::span<const float> value,
                     double max_norm)
    : state_(std::make_unique<State>(State{{}, max_norm, nullptr})) {
  for (const std::size_t size : sizes) {
    state_->parameters.push_back(tensor(value.first(size)).set_requires_grad(true));
    value = value.subspan(size);
  }
  state_->optimizer =
      std::make_unique<torch::optim::Adam>(state_->parameters, torch::optim::AdamOptions(1e-3));
}

TorchAdam::~TorchAdam() = default;

void TorchAdam::set_gradient(std::span<const float> gradient) {
  for (torch::Tensor& p : state_->parameters) {
    const auto size = static_cast<std::size_t>(p.numel());
    p.mutable_grad() = tensor(gradient.first(size));
    gradient = gradient.subspan(size);
  }
}

void TorchAdam::step() {
  torch::nn::utils::clip_grad_norm_(state_->parameters, state_->max_norm);
  state_->optimizer->step();
  for (torch::Tensor& p : state_->parameters) p.mutable_grad().zero_();
}

std::vector<float> TorchAdam::result() const {
  std::vector<float> all;
  for (const torch::Tensor& p : state_->parameters) {
    const std::vector<float> part = values(p.detach());
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace pavlov::bench
