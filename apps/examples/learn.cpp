#include "pavlov/apps/examples/learn.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <system_error>
#include <variant>

#include "pavlov/agents/policy.h"
#include "pavlov/kernels/check.h"
#include "pavlov/replay/replay.h"

namespace pavlov::examples {

Learned learn(const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
              const agents::OffPolicyConfig& training, std::uint64_t seed,
              const NetworkFactory& make_network) {
  constexpr std::size_t kEpisodes = 50;
  const envs::VecOptions one = {.num_envs = 1, .autoreset_mode = envs::AutoresetMode::same_step};
  const auto env = envs::make_vec(factory, one);
  const envs::EnvSpec& spec = env->spec();
  const std::size_t observations = spec.observation_space.size();
  const auto* discrete = std::get_if<envs::Discrete>(&spec.action_space);
  if (discrete == nullptr) {
    kernels::throw_argument("learn", spec.id + ": actions " + envs::to_string(spec.action_space) +
                                         ": must be Discrete for DQN");
  }
  const auto actions = static_cast<std::size_t>(discrete->n);

  agents::Dqn agent = make_network ? agents::Dqn(dqn, make_network(seed), seed)
                                   : agents::Dqn(dqn, observations, actions, seed);
  const auto score = [&] {
    auto greedy = agents::Policy::of(agent, {.env_id = spec.id, .algorithm = "dqn"});
    return agents::evaluate(greedy, *envs::make_vec(factory, one), kEpisodes,
                            agents::kFinalEvaluationSeed);
  };
  Learned learned;
  learned.before = score();
  replay::Replay replay(training.replay, observations);
  learned.training = agents::train_off_policy(*env, agent, replay, training, seed);
  learned.after = score();
  return learned;
}

int learn_main(int argc, char** argv, const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
               agents::OffPolicyConfig training, const NetworkFactory& make_network) {
  std::int64_t seed = 1;
  std::int64_t* const values[] = {&training.total_steps, &seed};
  for (int k = 1; k < argc; ++k) {
    const char* end = argv[k] + std::strlen(argv[k]);
    if (k <= 2) {
      const auto [stop, error] = std::from_chars(argv[k], end, *values[k - 1]);
      const std::int64_t least = k == 1 ? 1 : 0;
      if (error == std::errc() && stop == end && *values[k - 1] >= least) continue;
    }
    std::fprintf(stderr, "usage: %s [steps] [seed]\n", argv[0]);
    return 2;
  }
  try {
    const Learned learned =
        learn(factory, dqn, training, static_cast<std::uint64_t>(seed), make_network);
    std::printf("mean return before training: %6.1f\n", learned.before.mean());
    std::printf("mean return after training:  %6.1f (%lld steps, %.1f s)\n", learned.after.mean(),
                static_cast<long long>(learned.training.progress.env_steps),
                learned.training.seconds);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: error: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}

}  // namespace pavlov::examples
