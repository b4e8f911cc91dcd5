// One Rainbow update, from the gather out of replay to Adam and the priorities, against the same
// update in LibTorch: double, dueling, noisy, C51, importance weights. (Prioritized sampling:
// bench_replay.)
//
// Both start from the same weights and take the same batches; before anything is timed, five
// updates of both with the same noise must give the same priorities and outputs. (Later ones may
// choose another next action where two are worth the same up to rounding.) What is timed draws its
// own noise.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/torch_rainbow.h"
#include "pavlov/bench/transitions.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/noise.h"

namespace pavlov::bench {
namespace {

constexpr std::size_t kBatch = 64;
constexpr double kLearningRate = 1e-3;
constexpr std::uint64_t kAgentSeed = 1;

class RainbowContest {
 public:
  RainbowContest(std::size_t observation, std::size_t actions)
      : transitions_(observation, actions),
        agent_(config(), observation, actions, kAgentSeed),
        batch_(kBatch, observation),
        torch_(agent_.network().parameters(), transitions_.columns(), shape(actions),
               kLearningRate) {
    // The agent's own stream, so that both have the same noise.
    kernels::RandomStream noise(kAgentSeed, "noise");
    torch_.set_noise([&](std::span<float> out) { kernels::draw_factor_noise(noise, out); });
    for (int k = 0; k < 5; ++k) {
      ours();
      theirs();
      require_near("priorities", batch_.priority, priority_.data());
    }
    constexpr std::size_t kRows = 256;
    kernels::Tensor y({kRows, agent_.network().outputs()});
    nets::Tape tape;
    agent_.network().clone()->forward({transitions_.observation.data(), kRows, observation},
                                      y.matrix(), tape);
    require_near("rainbow after five updates", y.span(), torch_.outputs(kRows).data());
    torch_.set_noise({});
  }

  void ours() {
    transitions_.buffer.sample(random_, batch_);
    for (std::size_t i = 0; i < kBatch; ++i) batch_.weight[i] = weight_[batch_.index[i] % 64];
    agent_.learn(batch_, {.env_steps = 1});
  }
  void theirs() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      index_[i] = torch_random_.below(Transitions::kCount);
      torch_weight_[i] = weight_[index_[i] % 64];
    }
    torch_.update(index_, torch_weight_, priority_);
  }

 private:
  static agents::DqnConfig config() {
    agents::DqnConfig c;
    c.hidden = {128, 128};
    c.learning_rate = kLearningRate;
    c.target_update_interval = 1 << 30;
    c.double_q = true;
    c.dueling = true;
    c.noisy = true;
    c.distribution = agents::Distribution::c51;
    return c;
  }
  static RainbowShape shape(std::size_t actions) { return {.actions = actions}; }
  static std::vector<float> weights() {
    std::vector<float> w(64);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = 1.0f / (1.0f + 0.1f * static_cast<float>(i));
    return w;
  }

  Transitions transitions_;
  agents::Dqn agent_;
  replay::ReplayBatch batch_;
  kernels::RandomStream random_{3, "replay"}, torch_random_{3, "replay"};
  const std::vector<float> weight_ = weights();
  std::vector<std::uint32_t> index_ = std::vector<std::uint32_t>(kBatch);
  std::vector<float> torch_weight_ = std::vector<float>(kBatch);
  std::vector<float> priority_ = std::vector<float>(kBatch);
  TorchRainbow torch_;
};

void add_rainbow(std::size_t observation, std::size_t actions) {
  add_contest(
      {.suite = "agents",
       .name = "rainbow_update_" + std::to_string(observation) + "-128-128-" +
               std::to_string(actions) + "x51",
       .n = kBatch,
       .unit = "us/update",
       .baseline = torch_description()},
      [=] { return std::make_unique<RainbowContest>(observation, actions); },
      [](RainbowContest& c) { c.ours(); }, [](RainbowContest& c) { c.theirs(); });
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  pavlov::bench::restart_with_fast_blas(argv);
  pavlov::bench::add_rainbow(4, 2);
  pavlov::bench::add_rainbow(8, 4);
  return pavlov::bench::run_pairs(argc, argv);
}
