#include "pavlov/apps/examples/learn.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <variant>

#include "pavlov/agents/policy.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::examples {

Learned learn(const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
              const agents::OffPolicyConfig& training, std::uint64_t seed) {
  constexpr std::size_t kEpisodes = 50;
  const envs::VecOptions one = {.num_envs = 1, .autoreset_mode = envs::AutoresetMode::same_step};
  const auto env = envs::make_vec(factory, one);
  const envs::EnvSpec& spec = env->spec();
  const std::size_t observations = spec.observation_space.size();
  const auto actions = static_cast<std::size_t>(std::get<envs::Discrete>(spec.action_space).n);

  agents::Dqn agent(dqn, observations, actions, seed);
  const auto score = [&] {
    agents::Policy greedy(agent.network().clone(), {.env_id = spec.id, .algorithm = "dqn"});
    return agents::evaluate(greedy, *envs::make_vec(factory, one), kEpisodes,
                            agents::kFinalEvaluationSeed);
  };
  Learned learned;
  learned.before = score();
  replay::ReplayBuffer replay(training.buffer_size, observations);
  learned.training = agents::train_off_policy(*env, agent, replay, training, seed);
  learned.after = score();
  return learned;
}

int learn_main(int argc, char** argv, const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
               agents::OffPolicyConfig training) {
  std::int64_t seed = 1;
  std::int64_t* const values[] = {&training.total_steps, &seed};
  for (int k = 1; k < argc; ++k) {
    const char* end = argv[k] + std::strlen(argv[k]);
    const bool read = k <= 2 && std::from_chars(argv[k], end, *values[k - 1]).ptr == end;
    if (read && *values[k - 1] >= (k == 1 ? 1 : 0)) continue;
    std::fprintf(stderr, "usage: %s [steps] [seed]\n", argv[0]);
    return 2;
  }
  try {
    const Learned learned = learn(factory, dqn, training, static_cast<std::uint64_t>(seed));
    const double most = static_cast<double>(factory()->spec().max_episode_steps);
    std::printf("mean return before training: %6.1f (of %.0f at most)\n", learned.before.mean(),
                most);
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
