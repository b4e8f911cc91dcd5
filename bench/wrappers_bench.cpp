#include "pavlov/bench/wrappers_bench.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "pavlov/bench/batch.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/wrappers_scalar.h"
#include "pavlov/envs/wrappers/frame_stack_observation.h"
#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/normalize_reward.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"
#include "pavlov/envs/wrappers/repeat_action.h"

namespace pavlov::bench {
namespace {

using envs::AutoresetMode;
using envs::VecEnv;

constexpr std::size_t kEnvs = 1024;

std::unique_ptr<VecEnv> make_cartpole(AutoresetMode mode) {
  return envs::make("CartPole-v1", {.num_envs = kEnvs, .autoreset_mode = mode});
}

template <class Wrapper, class Plain>
struct Contest {
  Batch<std::int32_t> wrapped, bare;
  Plain plain;

  template <class Wrap>
  Contest(Wrap wrap, AutoresetMode mode)
      : wrapped(wrap(make_cartpole(mode))), bare(make_cartpole(mode)), plain(bare.start) {}
  void step_plain() {
    plain.step(*bare.env, view_of(bare.actions[bare.steps++ % kActionSets], kEnvs));
  }
  bool agrees(const envs::StepView& step) const {
    if constexpr (std::is_same_v<Plain, PlainRecordEpisodeStatistics>) {
      const auto& wrapper = static_cast<const Wrapper&>(*wrapped.env);
      return same_bytes(wrapper.episode_return(), plain.episode_return()) &&
             same_bytes(wrapper.episode_length(), plain.episode_length());
    } else {
      return plain.agrees(step);
    }
  }
};

// `wrap` makes the wrapper around an environment in `mode`.
template <class Wrapper, class Plain, class Wrap>
void add(const std::string& wrapper, Wrap wrap, AutoresetMode mode = AutoresetMode::same_step) {
  using Both = Contest<Wrapper, Plain>;
  const std::string name = "wrapper_" + wrapper;
  add_contest(
      {.suite = "envs",
       .name = name,
       .n = kEnvs,
       .unit = "ns/step",
       .items = static_cast<double>(kEnvs),
       .baseline = "the batch and a plain loop"},
      [=] {
        auto both = std::make_unique<Both>(wrap, mode);
        for (int t = 0; t < 600; ++t) {
          const envs::StepView step = both->wrapped.step();
          both->step_plain();
          if (!both->agrees(step)) fail(name, kEnvs, t);
        }
        return both;
      },
      [](Both& both) { both.wrapped.step(); }, [](Both& both) { both.step_plain(); });
}

template <class Wrapper>
std::unique_ptr<VecEnv> wrap(std::unique_ptr<VecEnv> env) {
  return std::make_unique<Wrapper>(std::move(env));
}

}  // namespace

void add_wrappers() {
  add<envs::NormalizeObservation, PlainNormalizeObservation>("normalize_observation",
                                                             wrap<envs::NormalizeObservation>);
  add<envs::NormalizeReward, PlainNormalizeReward>("normalize_reward", wrap<envs::NormalizeReward>);
  add<envs::RecordEpisodeStatistics, PlainRecordEpisodeStatistics>(
      "record_episode_statistics", wrap<envs::RecordEpisodeStatistics>);
  add<envs::FrameStackObservation, PlainFrameStack>(
      "frame_stack_observation", [](std::unique_ptr<VecEnv> env) {
        return std::make_unique<envs::FrameStackObservation>(std::move(env),
                                                             PlainFrameStack::kFrames);
      });
  add<envs::RepeatAction, PlainRepeatAction>(
      "repeat_action",
      [](std::unique_ptr<VecEnv> env) {
        return std::make_unique<envs::RepeatAction>(std::move(env), PlainRepeatAction::kRepeats,
                                                    AutoresetMode::same_step);
      },
      AutoresetMode::disabled);
}

}  // namespace pavlov::bench
