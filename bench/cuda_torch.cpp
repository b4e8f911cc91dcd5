// Agents on the CUDA device against LibTorch on the same one. LibTorch keeps all transitions in
// device memory and sends indices; ours sends each batch from the replay of the host.
#include <cstdio>
#include <memory>
#include <string>

#include "pavlov/agents/cuda/dqn.h"
#include "pavlov/agents/cuda/ppo.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/cuda_agents.h"
#include "pavlov/bench/cuda_rounds.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_ppo.h"
#include "pavlov/bench/transitions.h"
#include "pavlov/bench/work.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::bench {
namespace {

constexpr double kLearningRate = 1e-3;

Row row(std::string name, std::size_t n, double items) {
  return {.suite = "cuda_torch",
          .name = std::move(name),
          .n = static_cast<std::int64_t>(n),
          .unit = "us",
          .items = items,
          .baseline = torch_cuda_description(),
          .by_the_clock = true};
}

class DqnContest {
 public:
  DqnContest(const agents::DqnConfig& config, std::size_t batch)
      : transitions_(4, 2),
        agent_(config, 4, 2, 1),
        batch_(batch, 4),
        index_(batch),
        torch_(layer_values(agent_.network().parameters()), transitions_.columns(), kLearningRate,
               "cuda") {
    for (int k = 0; k < 5; ++k) {
      ours();
      theirs();
    }
    constexpr std::size_t kRows = 256;
    kernels::Tensor q({kRows, 2});
    nets::Tape tape;
    agent_.network().forward({transitions_.observation.data(), kRows, 4}, q.matrix(), tape);
    require_near("dqn after five updates", q.span(), torch_.values(kRows).data());
  }
  void ours() {
    transitions_.buffer.sample(random_, batch_);
    agent_.learn(batch_, {.env_steps = 1});
  }
  void theirs() {
    for (auto& i : index_) i = torch_random_.below(Transitions::kCount);
    torch_.update(index_);
  }

 private:
  Transitions transitions_;
  agents::cuda::Dqn agent_;
  replay::ReplayBatch batch_;
  kernels::RandomStream random_{3, "replay"}, torch_random_{3, "replay"};
  std::vector<std::uint32_t> index_;
  TorchDqn torch_;
};

class PpoContest {
 public:
  PpoContest(const agents::PpoConfig& config, std::size_t envs)
      : agent_(config, kPpoObservation, envs::Discrete{kPpoActions}, envs, kSeed),
        torch_(agent_.model().parameters(), config, "cuda"),
        our_rollout_(random_rollout(agent_, envs)),
        their_rollout_(
            random_rollout(*std::make_unique<agents::cuda::Ppo>(
                               config, kPpoObservation, envs::Discrete{kPpoActions}, envs, kSeed),
                           envs)) {
    ours();
    theirs();
    const kernels::ConstMatrixView observation = our_rollout_.observations();
    kernels::Tensor logits({observation.rows, static_cast<std::size_t>(kPpoActions)});
    nets::Tape tape;
    agent_.network().forward(observation, logits.matrix(), tape);
    require_near("ppo after a round", logits.span(), torch_.logits(observation).data());
  }
  void ours() { agent_.learn(our_rollout_, {}); }
  void theirs() { torch_.learn(their_rollout_, random_); }

 private:
  static constexpr std::uint64_t kSeed = 1;

  agents::cuda::Ppo agent_;
  TorchPpo torch_;
  replay::RolloutBuffer our_rollout_, their_rollout_;
  kernels::RandomStream random_{kSeed, "minibatches"};  // the agent's own order
};

void add_dqn(std::size_t hidden, std::size_t batch) {
  agents::DqnConfig config;
  config.hidden = {hidden, hidden};
  config.learning_rate = kLearningRate;
  config.target_update_interval = 1 << 30;
  const std::string width = std::to_string(hidden);
  add_contest(
      row("dqn_update_4-" + width + "-" + width + "-2", batch, 1.0),
      [=] { return std::make_unique<DqnContest>(config, batch); }, [](DqnContest& c) { c.ours(); },
      [](DqnContest& c) { c.theirs(); });
}

void add_ppo(std::size_t width, std::size_t envs) {
  const agents::PpoConfig config = ppo_config(width, envs);
  const std::string w = std::to_string(width);
  add_contest(
      row("ppo_minibatch_4-" + w + "-" + w + "-2", config.batch_size,
          static_cast<double>(minibatches_of(config))),
      [=] { return std::make_unique<PpoContest>(config, envs); }, [](PpoContest& c) { c.ours(); },
      [](PpoContest& c) { c.theirs(); });
}

}  // namespace

void add_agents_against_torch() {
  if (torch_cuda_description().empty()) {
    std::fprintf(stderr, "bench_cuda: NOT RUN against LibTorch: this one has no CUDA device\n");
    return;
  }
  for (const std::size_t batch : {64, 4096}) {
    add_dqn(64, batch);
    add_dqn(256, batch);
  }
  for (const std::size_t envs : {8, 1024}) {
    add_ppo(64, envs);
    add_ppo(256, envs);
  }
}

}  // namespace pavlov::bench
