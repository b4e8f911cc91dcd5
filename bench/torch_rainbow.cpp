#include "pavlov/bench/torch_rainbow.h"

#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "pavlov/bench/torch_layers.h"

namespace pavlov::bench {
namespace {

namespace F = torch::nn::functional;

using NoiseTensor = std::function<torch::Tensor(std::int64_t)>;

torch::Tensor factor_noise(std::int64_t size) {
  const auto e = torch::randn({size});
  return e.sign() * e.abs().sqrt();
}

// Parameter `name` of our table, as it is stored there.
torch::Tensor stored(const nets::ParameterBuffer& parameters, const std::string& name) {
  for (const nets::Parameter& p : parameters.table()) {
    if (p.name != name) continue;
    const std::vector<std::int64_t> shape(p.shape.begin(), p.shape.end());
    return torch_copy(parameters.values().subspan(p.offset, p.size), shape);
  }
  throw std::invalid_argument("[torch_rainbow] no parameter " + name);
}

struct NoisyLinearImpl : torch::nn::Module {
  NoisyLinearImpl(const nets::ParameterBuffer& p, const std::string& name) {
    weight = register_parameter("weight", stored(p, name + ".weight").t().contiguous());
    weight_sigma =
        register_parameter("weight_sigma", stored(p, name + ".weight_sigma").t().contiguous());
    bias = register_parameter("bias", stored(p, name + ".bias"));
    bias_sigma = register_parameter("bias_sigma", stored(p, name + ".bias_sigma"));
  }
  void resample(const NoiseTensor& noise) {
    const auto in = noise(weight.size(1)), out = noise(weight.size(0));
    noise_weight = torch::outer(out, in);
    noise_bias = out;
  }
  torch::Tensor forward(const torch::Tensor& x, bool noisy) {
    if (!noisy) return F::linear(x, weight, bias);
    return F::linear(x, weight + weight_sigma * noise_weight, bias + bias_sigma * noise_bias);
  }

  torch::Tensor weight, weight_sigma, bias, bias_sigma, noise_weight, noise_bias;
};
TORCH_MODULE(NoisyLinear);

struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const nets::ParameterBuffer& p, const RainbowShape& shape)
      : actions(static_cast<std::int64_t>(shape.actions)),
        atoms(static_cast<std::int64_t>(shape.atoms)) {
    const auto weight = stored(p, "trunk.0.weight");
    trunk = register_module("trunk", torch::nn::Linear(weight.size(0), weight.size(1)));
    {
      const torch::NoGradGuard guard;
      trunk->weight.copy_(weight.t());
      trunk->bias.copy_(stored(p, "trunk.0.bias"));
    }
    for (const char* name : {"value.0", "value.1", "advantage.0", "advantage.1"}) {
      std::string key = name;
      std::ranges::replace(key, '.', '_');
      noisy.push_back(register_module(key, NoisyLinear(p, name)));
    }
  }
  void resample(const NoiseTensor& noise) {
    for (NoisyLinear& layer : noisy) layer->resample(noise);
  }
  // (B,A,Z) logits.
  torch::Tensor forward(const torch::Tensor& x, bool with_noise) {
    const auto h = torch::relu(trunk->forward(x));
    const auto value = noisy[1]->forward(torch::relu(noisy[0]->forward(h, with_noise)), with_noise);
    const auto advantage =
        noisy[3]->forward(torch::relu(noisy[2]->forward(h, with_noise)), with_noise);
    const auto a = advantage.view({-1, actions, atoms});
    return value.view({-1, 1, atoms}) + a - a.mean(1, true);
  }

  std::int64_t actions, atoms;
  torch::nn::Linear trunk{nullptr};
  std::vector<NoisyLinear> noisy;
};
TORCH_MODULE(Network);

}  // namespace

struct TorchRainbow::State {
  Network online, target;
  torch::optim::Adam optimizer;
  double v_min, v_max;
  torch::Tensor support, observation, next_observation, action, reward, discount;
  NoiseTensor noise = factor_noise;

  // Distribution of the returns after the rows, brought onto the support: (B,Z).
  torch::Tensor projection(const torch::Tensor& rows) {
    const torch::NoGradGuard guard;
    const auto next = next_observation.index_select(0, rows);
    const std::int64_t batch = rows.size(0), atoms = support.size(0);
    target->resample(noise);
    const auto there = target->forward(next, true);
    online->resample(noise);
    const auto q = (torch::softmax(online->forward(next, true), 2) * support).sum(2);
    const auto first = torch::arange(batch);
    const auto p = torch::softmax(there.index({first, q.argmax(1)}), 1);
    const double dz = (v_max - v_min) / static_cast<double>(atoms - 1);
    const auto moved = (reward.index_select(0, rows).unsqueeze(1) +
                        discount.index_select(0, rows).unsqueeze(1) * support)
                           .clamp(v_min, v_max);
    const auto x = ((moved - v_min) / dz).clamp(0, atoms - 1);
    const auto low = x.floor().clamp_max(atoms - 2);
    const auto high_mass = p * (x - low);
    const auto at = (low.to(torch::kInt64) + (first * atoms).unsqueeze(1)).view(-1);
    auto result = torch::zeros({batch * atoms});
    result.index_add_(0, at, (p - high_mass).view(-1));
    result.index_add_(0, at + 1, high_mass.view(-1));
    return result.view({batch, atoms});
  }
};

TorchRainbow::TorchRainbow(const nets::ParameterBuffer& parameters, const ReplayColumns& replay,
                           const RainbowShape& shape, double learning_rate) {
  at::set_num_threads(1);
  const auto rows = static_cast<std::int64_t>(replay.rows);
  const auto width = static_cast<std::int64_t>(replay.observation_size);
  Network online(parameters, shape), target(parameters, shape);
  const auto action =
      torch::from_blob(const_cast<std::int32_t*>(replay.action.data()), {rows}, torch::kInt32);
  state_ = std::make_unique<State>(
      State{online, target,
            torch::optim::Adam(online->parameters(), torch::optim::AdamOptions(learning_rate)),
            shape.v_min, shape.v_max,
            torch::linspace(shape.v_min, shape.v_max, static_cast<std::int64_t>(shape.atoms)),
            torch_copy(replay.observation, {rows, width}),
            torch_copy(replay.next_observation, {rows, width}), action.to(torch::kInt64),
            torch_copy(replay.reward, {rows}), torch_copy(replay.discount, {rows})});
}

TorchRainbow::~TorchRainbow() = default;

void TorchRainbow::set_noise(Noise noise) {
  if (!noise) {
    state_->noise = factor_noise;
    return;
  }
  state_->noise = [noise = std::move(noise)](std::int64_t size) {
    auto values = torch::empty({size});
    noise({values.data_ptr<float>(), static_cast<std::size_t>(size)});
    return values;
  };
}

double TorchRainbow::update(std::span<const std::uint32_t> index, std::span<const float> weight,
                            std::span<float> priority) {
  State& s = *state_;
  std::vector<std::int64_t> wide(index.begin(), index.end());
  const auto batch = static_cast<std::int64_t>(wide.size());
  const auto rows = torch::from_blob(wide.data(), {batch}, torch::kInt64);
  const auto w = torch::from_blob(const_cast<float*>(weight.data()), {batch}, torch::kFloat32);
  const torch::Tensor m = s.projection(rows);
  s.online->resample(s.noise);
  const auto logits = s.online->forward(s.observation.index_select(0, rows), true)
                          .index({torch::arange(batch), s.action.index_select(0, rows)});
  const auto sample = -(m * torch::log_softmax(logits, 1)).sum(1);
  const auto loss = (sample * w).mean();
  s.optimizer.zero_grad();
  loss.backward();
  torch::nn::utils::clip_grad_norm_(s.online->parameters(), 10.0);
  s.optimizer.step();
  const auto kept = sample.detach().contiguous();
  std::copy_n(kept.data_ptr<float>(), priority.size(), priority.begin());
  return loss.item<double>();
}

std::vector<float> TorchRainbow::outputs(std::size_t rows) const {
  const torch::NoGradGuard guard;
  const auto y =
      state_->online
          ->forward(state_->observation.slice(0, 0, static_cast<std::int64_t>(rows)), false)
          .contiguous();
  return {y.data_ptr<float>(), y.data_ptr<float>() + y.numel()};
}

}  // namespace pavlov::bench
