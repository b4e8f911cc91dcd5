#include "pavlov/bench/torch_dqn.h"

#include <torch/torch.h>

#include "pavlov/bench/blas.h"
#include "pavlov/bench/torch_layers.h"

namespace pavlov::bench {
struct TorchDqn::State {
  torch::Device device;
  torch::nn::Sequential online;
  torch::nn::Sequential target;
  torch::optim::Adam optimizer;
  torch::Tensor observation, next_observation, action, reward, discount;
};

TorchDqn::TorchDqn(const std::vector<LayerValues>& layers, const ReplayColumns& replay,
                   double learning_rate, const char* device_name) {
  at::set_num_threads(1);
  const auto rows = static_cast<std::int64_t>(replay.rows);
  const auto width = static_cast<std::int64_t>(replay.observation_size);
  const torch::Device device(device_name);
  torch::nn::Sequential online = torch_network(layers);
  torch::nn::Sequential target = torch_network(layers);
  online->to(device);
  target->to(device);
  auto action =
      torch::from_blob(const_cast<std::int32_t*>(replay.action.data()), {rows}, torch::kInt32);
  state_ = std::make_unique<State>(
      State{device, online, target,
            torch::optim::Adam(online->parameters(), torch::optim::AdamOptions(learning_rate)),
            torch_copy(replay.observation, {rows, width}).to(device),
            torch_copy(replay.next_observation, {rows, width}).to(device),
            action.to(device, torch::kInt64), torch_copy(replay.reward, {rows}).to(device),
            torch_copy(replay.discount, {rows}).to(device)});
}

TorchDqn::~TorchDqn() = default;

double TorchDqn::update(std::span<const std::uint32_t> index) {
  State& s = *state_;
  std::vector<std::int64_t> wide(index.begin(), index.end());
  const auto rows =
      torch::from_blob(wide.data(), {static_cast<std::int64_t>(wide.size())}, torch::kInt64)
          .to(s.device);
  torch::Tensor y;
  {
    const torch::NoGradGuard guard;
    const auto next = s.target->forward(s.next_observation.index_select(0, rows));
    y = s.reward.index_select(0, rows) +
        s.discount.index_select(0, rows) * std::get<0>(next.max(1));
  }
  const auto q = s.online->forward(s.observation.index_select(0, rows))
                     .gather(1, s.action.index_select(0, rows).unsqueeze(1))
                     .squeeze(1);
  const auto loss = torch::nn::functional::smooth_l1_loss(q, y);
  s.optimizer.zero_grad();
  loss.backward();
  torch::nn::utils::clip_grad_norm_(s.online->parameters(), 10.0);
  s.optimizer.step();
  return loss.item<double>();
}

std::vector<float> TorchDqn::values(std::size_t rows) const {
  const torch::NoGradGuard guard;
  const auto q =
      state_->online->forward(state_->observation.slice(0, 0, static_cast<std::int64_t>(rows)))
          .cpu()
          .contiguous();
  return {q.data_ptr<float>(), q.data_ptr<float>() + q.numel()};
}

std::string torch_description() {
  return "LibTorch " + std::string(TORCH_VERSION) + ", " + std::to_string(at::get_num_threads()) +
         " thread, " + blas_name();
}

}  // namespace pavlov::bench
