#include "pavlov/bench/cuda_agents.h"

#include <memory>
#include <string>

#include "pavlov/agents/cuda/dqn.h"
#include "pavlov/agents/cuda/ppo.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/cuda_rounds.h"
#include "pavlov/bench/work.h"

namespace pavlov::bench {
namespace {

Row row(std::string name, std::size_t n, std::string unit, double items) {
  return {.suite = "cuda",
          .name = std::move(name),
          .n = static_cast<std::int64_t>(n),
          .unit = std::move(unit),
          .items = items,
          .baseline = "the processor, one thread",
          .by_the_clock = true};
}

// One update; on the device with the copies of its batch, and the wait for it.
struct DqnContest {
  DqnContest(const agents::DqnConfig& config, std::size_t batch_size)
      : batch(batch_size, 4), device(config, 4, 2, 1), host(config, 4, 2, 1) {
    kernels::RandomStream random(1, "batch");
    for (float& x : batch.observation.span()) x = static_cast<float>(random.normal());
    for (float& x : batch.next_observation.span()) x = static_cast<float>(random.normal());
    for (float& x : batch.discount) x = 0.99f;
    for (int k = 0; k < 3; ++k) {
      host.learn(batch, {});
      const std::vector<float> priority = batch.priority;
      device.learn(batch, {});
      require_near("dqn: priorities", batch.priority, priority.data());
    }
  }
  replay::ReplayBatch batch;
  agents::cuda::Dqn device;
  agents::Dqn host;
};

void add_dqn(const char* name, agents::DqnConfig config, std::size_t hidden,
             std::size_t batch_size) {
  config.hidden = {hidden, hidden};
  config.double_q = true;
  config.target_update_interval = 1 << 30;
  const std::string width = std::to_string(hidden);
  add_contest(
      row(std::string(name) + "_update_4-" + width + "-" + width + "-2", batch_size, "us", 1.0),
      [=] { return std::make_unique<DqnContest>(config, batch_size); },
      [](DqnContest& c) { c.device.learn(c.batch, {}); },
      [](DqnContest& c) {
        const kernels::FlushDenormals flush;
        c.host.learn(c.batch, {});
      });
}

// A round of minibatches, with the values before it; time per minibatch.
struct PpoContest {
  PpoContest(const agents::PpoConfig& config, std::size_t envs)
      : device(config, kPpoObservation, envs::Discrete{kPpoActions}, envs, 1),
        host(config, kPpoObservation, envs::Discrete{kPpoActions}, envs, 1),
        device_rollout(random_rollout(device, envs)),
        host_rollout(random_rollout(host, envs)) {
    device.learn(device_rollout, {});
    host.learn(host_rollout, {});
    require_near("ppo: parameters", device.model().parameters().values(),
                 host.model().parameters().values().data());
  }
  agents::cuda::Ppo device;
  agents::Ppo host;
  replay::RolloutBuffer device_rollout, host_rollout;
};

void add_ppo(std::size_t width, std::size_t envs) {
  const agents::PpoConfig config = ppo_config(width, envs);
  const std::string w = std::to_string(width);
  add_contest(
      row("ppo_minibatch_4-" + w + "-" + w + "-2", config.batch_size, "us",
          static_cast<double>(minibatches_of(config))),
      [=] { return std::make_unique<PpoContest>(config, envs); },
      [](PpoContest& c) { c.device.learn(c.device_rollout, {}); },
      [](PpoContest& c) { c.host.learn(c.host_rollout, {}); });
}

}  // namespace

void add_agents() {
  agents::DqnConfig rainbow;
  rainbow.dueling = true;
  rainbow.noisy = true;
  rainbow.distribution = agents::Distribution::c51;
  for (const std::size_t batch : {64, 4096}) {
    for (const std::size_t hidden : {64, 256}) {
      add_dqn("dqn", {}, hidden, batch);
      add_dqn("rainbow", rainbow, hidden, batch);
    }
  }
  for (const std::size_t envs : {8, 1024}) {
    add_ppo(64, envs);
    add_ppo(256, envs);
  }
}

}  // namespace pavlov::bench
