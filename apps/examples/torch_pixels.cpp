// A torch::nn network of one's own, trained by DQN to balance a pole that it sees:
//   torch_pixels [steps] [seed]
#include <torch/torch.h>

#include <memory>

#include "pavlov/apps/examples/learn.h"
#include "pavlov/apps/examples/pixel_cartpole.h"
#include "pavlov/nets/torch/torch_network.h"

namespace pavlov::examples {
namespace {

constexpr std::int64_t kFrames = PixelCartPole::kFrames;
constexpr std::int64_t kRows = PixelCartPole::kRows;
constexpr std::int64_t kColumns = PixelCartPole::kColumns;

// Two convolutions and two layers: x (B, 2 * 24 * 32) to one value per action.
struct PixelNet : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(first->forward(x.view({-1, kFrames, kRows, kColumns})));  // (B,16,10,14)
    x = torch::relu(second->forward(x));                                      // (B,32,4,6)
    return head->forward(torch::relu(hidden->forward(x.flatten(1))));
  }

  using Conv = torch::nn::Conv2dOptions;
  torch::nn::Conv2d first =
      register_module("first", torch::nn::Conv2d(Conv(kFrames, 16, 5).stride(2)));
  torch::nn::Conv2d second =
      register_module("second", torch::nn::Conv2d(Conv(16, 32, 3).stride(2)));
  torch::nn::Linear hidden = register_module("hidden", torch::nn::Linear(32 * 4 * 6, 128));
  torch::nn::Linear head = register_module("head", torch::nn::Linear(128, 2));
};

std::unique_ptr<nets::Network> make_network(std::uint64_t seed) {
  return std::make_unique<nets::TorchNetwork>(
      [] { return std::make_shared<PixelNet>(); },
      nets::TorchNetworkConfig{.inputs = kFrames * kRows * kColumns,
                               .outputs = 2,
                               .description = {{"network", "pixel_net"}},
                               .seed = seed});
}

}  // namespace
}  // namespace pavlov::examples

int main(int argc, char** argv) {
  const pavlov::agents::DqnConfig dqn = {.learning_rate = 1e-3,
                                         .learning_rate_final = 0.0,
                                         .loss = pavlov::agents::Loss::mse,
                                         .double_q = true,
                                         .target_update_interval = 200,
                                         .exploration_fraction = 0.3};
  const pavlov::agents::OffPolicyConfig training = {.total_steps = 12000,
                                                    .learning_starts = 500,
                                                    .train_freq = 4,
                                                    .batch_size = 32,
                                                    .replay = {.buffer_size = 12000}};
  const auto make = [] { return std::make_unique<pavlov::examples::PixelCartPole>(); };
  return pavlov::examples::learn_main(argc, argv, make, dqn, training,
                                      pavlov::examples::make_network);
}
