// DQN whose network LibTorch computes, beside the same agent on native kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

// Passes everything on to a DQN and keeps what it chose.
class Logged final : public OffPolicyAgent {
 public:
  Logged(const DqnConfig& config, std::uint64_t seed) : dqn_(config, Chain::kStates, 2, seed) {}

  void act(ConstMatrixView observation, const Progress& progress,
           std::span<std::int32_t> action) override {
    dqn_.act(observation, progress, action);
    chosen.insert(chosen.end(), action.begin(), action.end());
  }
  LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) override {
    return dqn_.learn(batch, progress);
  }
  double exploration(const Progress& progress) const override { return dqn_.exploration(progress); }
  double discount() const override { return dqn_.discount(); }
  const nets::Network& network() const override { return dqn_.network(); }
  ActionHead action_head() const override { return dqn_.action_head(); }

  std::vector<std::int32_t> chosen;

 private:
  Dqn dqn_;
};

struct Learned {
  std::vector<std::int32_t> chosen;
  kernels::Tensor q{{Chain::kStates, 2}};
};

Learned run(nets::Backend backend) {
  const DqnConfig config = {.hidden = {32, 32},
                            .backend = backend,
                            .learning_rate = 3e-3,
                            .learning_rate_final = 0.0,
                            .gamma = 0.9,
                            .double_q = true,
                            .target_update_interval = 50,
                            .exploration_final_eps = 0.2,
                            .exploration_fraction = 0.2};
  const OffPolicyConfig training = {.total_steps = 4000,
                                    .learning_starts = 100,
                                    .train_freq = 2,
                                    .batch_size = 32,
                                    .replay = {.buffer_size = 4000}};
  const auto env = make_chain(1);
  Logged agent(config, 5);
  replay::Replay replay(training.replay, Chain::kStates);
  train_off_policy(*env, agent, replay, training, 5);
  Learned result;
  result.chosen = agent.chosen;
  kernels::Tensor states({Chain::kStates, Chain::kStates});
  for (std::size_t s = 0; s < Chain::kStates; ++s) states.matrix()(s, s) = 1.0f;
  nets::Tape tape;
  agent.network().forward(states.matrix(), result.q.matrix(), tape);
  return result;
}

TEST(DqnTorch, ChoosesAsTheNativeBackendDoes) {
  const Learned native = run(nets::Backend::native);
  const Learned torch = run(nets::Backend::torch);
  ASSERT_EQ(native.chosen.size(), torch.chosen.size());
  std::size_t same = 0;
  for (std::size_t k = 0; k < native.chosen.size(); ++k)
    same += native.chosen[k] == torch.chosen[k];
  EXPECT_GE(static_cast<double>(same), 0.98 * static_cast<double>(native.chosen.size()));
  for (std::size_t s = 0; s + 1 < Chain::kStates; ++s) {
    const double right = std::pow(0.9, 3.0 - static_cast<double>(s));
    EXPECT_NEAR(static_cast<double>(torch.q.matrix()(s, 1)), right, 0.03) << s;
    for (std::size_t a = 0; a < 2; ++a) {
      EXPECT_NEAR(native.q.matrix()(s, a), torch.q.matrix()(s, a), 1e-3f) << s << a;
    }
  }
}

}  // namespace
}  // namespace pavlov::agents
