// One DQN update, from the gather out of replay to Adam, against the same update in LibTorch.
//
// Both start from the same weights and take the same batches; before anything is timed, twenty
// updates of both must give the same Q-values. Rows named torch_backend are the agent with
// --backend torch: LibTorch's forward and backward passes on our flat buffer, with our loss,
// clipping and Adam.
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/layer_values.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/transitions.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::bench {
namespace {

constexpr std::size_t kObservation = 4;
constexpr std::size_t kActions = 2;
constexpr std::size_t kBatch = 64;
constexpr double kLearningRate = 1e-3;

struct Contest {
  Contest(const std::vector<std::size_t>& hidden, nets::Backend backend)
      : agent(config(hidden, backend), kObservation, kActions, 1),
        batch(kBatch, kObservation),
        random(3, "replay") {
    torch = std::make_unique<TorchDqn>(layer_values(agent.network().parameters()),
                                       transitions.columns(), kLearningRate);
  }
  static agents::DqnConfig config(const std::vector<std::size_t>& hidden, nets::Backend backend) {
    agents::DqnConfig c;
    c.hidden = hidden;
    c.backend = backend;
    c.learning_rate = kLearningRate;
    c.target_update_interval = 1 << 30;
    return c;
  }

  void ours() {
    transitions.buffer.sample(random, batch);
    agent.learn(batch, {.env_steps = 1});
  }
  void theirs() {
    for (std::uint32_t& i : index) i = torch_random.below(Transitions::kCount);
    torch->update(index);
  }
  // Largest difference of Q-values after `updates` updates of both.
  double difference_after(int updates) {
    for (int k = 0; k < updates; ++k) {
      ours();
      theirs();
    }
    constexpr std::size_t kRows = 256;
    kernels::Tensor q({kRows, kActions});
    nets::Tape tape;
    agent.network().forward({transitions.observation.data(), kRows, kObservation}, q.matrix(),
                            tape);
    const std::vector<float> expected = torch->values(kRows);
    double worst = 0.0;
    for (std::size_t i = 0; i < q.size(); ++i) {
      worst = std::max(worst, static_cast<double>(std::abs(q.data()[i] - expected[i])));
    }
    return worst;
  }

  Transitions transitions{kObservation, kActions};
  agents::Dqn agent;
  replay::ReplayBatch batch;
  kernels::RandomStream random;
  kernels::RandomStream torch_random{3, "replay"};
  std::vector<std::uint32_t> index = std::vector<std::uint32_t>(kBatch);
  std::unique_ptr<TorchDqn> torch;
};

// False, with a message, where the two do not compute the same.
bool add_contest(std::size_t width, nets::Backend backend) {
  auto contest = std::make_shared<Contest>(std::vector<std::size_t>{width, width}, backend);
  const std::string name = backend == nets::Backend::torch ? "torch_backend_" : "";
  std::string torch;
  nets::torch_available(torch);
  const double difference = contest->difference_after(20);
  if (!(difference < 2e-4)) {
    std::fprintf(stderr, "width %zu: Q-values differ by %g after 20 updates\n", width, difference);
    return false;
  }
  add_pair(
      {.suite = "agents",
       .name =
           "dqn_update_" + name + "4-" + std::to_string(width) + "-" + std::to_string(width) + "-2",
       .n = kBatch,
       .unit = "us/update",
       .baseline = "LibTorch " + torch},
      [contest](benchmark::State& state) {
        for (auto _ : state) contest->ours();
      },
      [contest](benchmark::State& state) {
        for (auto _ : state) contest->theirs();
      });
  return true;
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  pavlov::bench::restart_with_fast_blas(argv);
  bool same = true;
  for (const auto backend : {pavlov::nets::Backend::native, pavlov::nets::Backend::torch}) {
    for (const std::size_t width : {64, 128, 256}) {
      same = pavlov::bench::add_contest(width, backend) && same;
    }
  }
  const int status = pavlov::bench::run_pairs(argc, argv);
  return same ? status : 1;
}
