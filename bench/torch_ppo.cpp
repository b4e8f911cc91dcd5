#include "pavlov/bench/torch_ppo.h"

#include <dlfcn.h>
#include <torch/torch.h>

#include <algorithm>

#include "pavlov/bench/torch_layers.h"

namespace pavlov::bench {
namespace {

// The layers "<prefix>layers.<k>.*" with tanh between them.
torch::nn::Sequential network(const nets::ParameterBuffer& parameters, const std::string& prefix) {
  torch::nn::Sequential layers;
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i + 1 < parameters.table().size(); ++i) {
    const nets::Parameter& p = parameters.table()[i];
    if (!p.name.starts_with(prefix) || !p.name.ends_with(".weight")) continue;
    const auto inputs = static_cast<std::int64_t>(p.shape[0]);
    const auto outputs = static_cast<std::int64_t>(p.shape[1]);
    if (layers->size() > 0) layers->push_back(torch::nn::Tanh());
    torch::nn::Linear linear(inputs, outputs);
    linear->weight.copy_(
        torch_copy(parameters.values().subspan(p.offset, p.size), {inputs, outputs}).t());
    const nets::Parameter& bias = parameters.table()[i + 1];
    linear->bias.copy_(torch_copy(parameters.values().subspan(bias.offset, bias.size), {outputs}));
    layers->push_back(linear);
  }
  return layers;
}

std::vector<torch::Tensor> both(const torch::nn::Sequential& a, const torch::nn::Sequential& b) {
  std::vector<torch::Tensor> all = a->parameters();
  for (const torch::Tensor& p : b->parameters()) all.push_back(p);
  return all;
}

// A copy of rows that lie side by side.
torch::Tensor rows_of(kernels::ConstMatrixView m) {
  return torch_copy({m.data, m.rows * m.cols},
                    {static_cast<std::int64_t>(m.rows), static_cast<std::int64_t>(m.cols)});
}
torch::Tensor column_of(std::span<const float> values) {
  return torch_copy(values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace

struct TorchPpo::State {
  torch::Device device;
  agents::PpoConfig config;
  torch::nn::Sequential policy, value;
  torch::optim::Adam optimizer;

  void fill_values(kernels::ConstMatrixView observation, std::span<float> values) {
    if (values.empty()) return;
    const torch::NoGradGuard guard;
    const auto v = value->forward(rows_of(observation).to(device)).cpu().contiguous();
    std::copy_n(v.data_ptr<float>(), values.size(), values.begin());
  }
};

TorchPpo::TorchPpo(const nets::ParameterBuffer& parameters, const agents::PpoConfig& config,
                   const char* device_name) {
  at::set_num_threads(1);
  const torch::Device device(device_name);
  torch::nn::Sequential policy = network(parameters, "policy."),
                        value = network(parameters, "value.");
  policy->to(device);
  value->to(device);
  const auto options = torch::optim::AdamOptions(config.learning_rate).eps(config.adam_epsilon);
  state_ = std::make_unique<State>(
      State{device, config, policy, value, torch::optim::Adam(both(policy, value), options)});
}

TorchPpo::~TorchPpo() = default;

double TorchPpo::learn(replay::RolloutBuffer& rollout, kernels::RandomStream& random) {
  State& s = *state_;
  const agents::PpoConfig& c = s.config;
  s.fill_values(rollout.observations(), rollout.values());
  s.fill_values(rollout.final_observations(), rollout.final_values());
  rollout.estimate_advantages(c.gamma, c.gae_lambda);
  const std::size_t samples = rollout.samples();
  const auto actions = rollout.discrete_actions();
  const auto observation = rows_of(rollout.observations().rows_from(0, samples)).to(s.device);
  const auto action = torch::from_blob(const_cast<std::int32_t*>(actions.data()),
                                       {static_cast<std::int64_t>(samples)}, torch::kInt32)
                          .to(s.device, torch::kInt64);
  const auto old_log_prob = column_of(rollout.log_probs()).to(s.device);
  const auto returns = column_of({rollout.returns().data, samples}).to(s.device);
  const auto advantages = column_of({rollout.advantages().data, samples}).to(s.device);
  const auto parameters = both(s.policy, s.value);
  auto total = torch::zeros({}, s.device);
  std::int64_t updates = 0;
  std::vector<std::int64_t> wide(samples);
  for (std::size_t epoch = 0; epoch < c.n_epochs; ++epoch) {
    rollout.shuffle(random);
    std::ranges::copy(rollout.order(), wide.begin());
    const auto order =
        torch::from_blob(wide.data(), {static_cast<std::int64_t>(samples)}, torch::kInt64)
            .to(s.device);
    for (std::size_t begin = 0; begin < samples; begin += c.batch_size) {
      const std::size_t end = std::min(begin + c.batch_size, samples);
      const auto index =
          order.slice(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
      const auto x = observation.index_select(0, index);
      const auto log_p = torch::log_softmax(s.policy->forward(x), 1);
      const auto log_prob = log_p.gather(1, action.index_select(0, index).unsqueeze(1)).squeeze(1);
      const auto entropy = -(log_p.exp() * log_p).sum(1).mean();
      auto advantage = advantages.index_select(0, index);
      if (c.normalize_advantage) {
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8);
      }
      const auto ratio = (log_prob - old_log_prob.index_select(0, index)).exp();
      const auto clipped = ratio.clamp(1.0 - c.clip_range, 1.0 + c.clip_range);
      const auto policy_loss = torch::max(-advantage * ratio, -advantage * clipped).mean();
      const auto value_loss =
          torch::mse_loss(s.value->forward(x).squeeze(1), returns.index_select(0, index));
      const auto loss = policy_loss - c.ent_coef * entropy + c.vf_coef * value_loss;
      s.optimizer.zero_grad();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(parameters, c.max_grad_norm);
      s.optimizer.step();
      total += policy_loss.detach();
      ++updates;
    }
  }
  return total.item<double>() / static_cast<double>(updates);
}

std::vector<float> TorchPpo::logits(kernels::ConstMatrixView observation) const {
  const torch::NoGradGuard guard;
  const auto y =
      state_->policy->forward(rows_of(observation).to(state_->device)).cpu().contiguous();
  return {y.data_ptr<float>(), y.data_ptr<float>() + y.numel()};
}

std::string torch_cuda_description() {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return {};
  if (!torch::cuda::is_available()) return {};
  return "LibTorch " + std::string(TORCH_VERSION) + ", CUDA";
}

}  // namespace pavlov::bench
